package io.ssebridge.browser;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The machine's own Chromium: none is downloaded. */
final class Chromium {
    private static final Path EXECUTABLE =
            Path.of(Optional.ofNullable(System.getenv("CHROMIUM")).orElse("/usr/bin/chromium"));

    /** Required in CI, where a skipped test would look like a passed one. */
    private static final boolean REQUIRED = Boolean.parseBoolean(System.getenv("BROWSER_REQUIRED"));

    /** No sandbox, since containers rarely allow one, and nothing that talks to other hosts than the nodes. */
    private static final List<String> ARGUMENTS = List.of(
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private Chromium() {}

    /** Skips the test class if Chromium is missing, or fails it if Chromium is required. */
    static void require() {
        if (Files.isExecutable(EXECUTABLE)) {
            return;
        }
        String missing = "No Chromium at " + EXECUTABLE + ": install it, or name another by CHROMIUM.";
        if (REQUIRED) {
            fail(missing + " BROWSER_REQUIRED forbids to skip.");
        }
        // Maven shows how many tests were skipped, but not why.
        System.err.println("SKIPPED: the pages are not tested. " + missing);
        abort(missing);
    }

    static Browser launch(Playwright playwright) {
        return playwright.chromium().launch(options());
    }

    /** Launches it with the back/forward cache, which Playwright switches off. */
    static Browser launchWithPageCache(Playwright playwright) {
        return playwright.chromium().launch(options().setIgnoreDefaultArgs(List.of("--disable-back-forward-cache")));
    }

    private static LaunchOptions options() {
        return new LaunchOptions().setExecutablePath(EXECUTABLE).setArgs(ARGUMENTS);
    }
}
