package io.ssebridge.browser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.ssebridge.testing.SharedClasses;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tests of the client module for Node.js: what {@code npm test} runs in {@code src/client}. */
@Timeout(180)
class ClientPackageIT {
    /** Required in CI, where a skipped test would look like a passed one. */
    private static final boolean REQUIRED = Boolean.parseBoolean(System.getenv("BROWSER_REQUIRED"));

    private static final Path PACKAGE = Path.of("src/client");
    private static final int SECONDS = 120;

    @Test
    void itsTests_pass() throws IOException, InterruptedException {
        requireNode();
        Path jar = Path.of(System.getProperty("bridge.jar")).toAbsolutePath();
        ProcessBuilder tests = new ProcessBuilder("node", "--test", "--test-timeout=60000", "--test-concurrency=3")
                .directory(PACKAGE.toFile())
                .inheritIO();
        tests.environment().put("BRIDGE_JAR", jar.toString());
        tests.environment().put("BRIDGE_JAVA_OPTION", SharedClasses.ofNodes());
        Process process = tests.start();
        try {
            assertThat(process.waitFor(SECONDS, TimeUnit.SECONDS))
                    .as("ended in time")
                    .isTrue();
            assertThat(process.exitValue())
                    .as("exit status, see the output above")
                    .isZero();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    private static void requireNode() throws InterruptedException {
        try {
            if (new ProcessBuilder("node", "--test", "--version").start().waitFor() == 0) {
                return;
            }
        } catch (IOException missing) {
            // Said below.
        }
        String missing = "No node of version 20 or newer.";
        if (REQUIRED) {
            fail(missing + " BROWSER_REQUIRED forbids to skip.");
        }
        System.err.println("SKIPPED: the client module is not tested by Node.js. " + missing);
        abort(missing);
    }
}
