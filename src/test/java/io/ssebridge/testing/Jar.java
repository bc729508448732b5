package io.ssebridge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The jar that users run, run so that it starts in a quarter of the time: with the first of the compiler's two stages only, and with the
 * classes of a node loaded and checked once, into an archive beside the jar that all further processes share. A test run starts it some
 * eighty times.
 */
public final class Jar {
    /** For any process of a test. */
    static final List<String> QUICK = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    // Code on a wrong thread must fail with an assertion.
    private static final String ASSERTIONS = "-ea:io.ssebridge...";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern LISTENING = Pattern.compile("listening on ");

    private Jar() {}

    /**
     * The command that runs it.
     *
     * @param jvmOptions for java
     * @param arguments for the jar
     */
    public static List<String> command(List<String> jvmOptions, List<String> arguments) {
        List<String> options = new ArrayList<>(Classes.SHARED);
        options.add(ASSERTIONS);
        options.addAll(jvmOptions);
        return command(file(), options, arguments);
    }

    /**
     * The command that runs an example from its source, as the documentation prints it.
     *
     * @param source the name of the file
     * @param jvmOptions further options for java
     * @param arguments for the example
     */
    public static List<String> example(String source, List<String> jvmOptions, String... arguments) {
        List<String> all = new ArrayList<>(QUICK);
        all.add("-Dhazelcast.logging.type=slf4j");
        all.addAll(jvmOptions);
        all.addAll(List.of(
                "-cp",
                file().toString(),
                Path.of("src/examples/java", source).toAbsolutePath().toString()));
        all.addAll(List.of(arguments));
        return ChildProcess.java(all);
    }

    private static List<String> command(Path jar, List<String> options, List<String> arguments) {
        List<String> all = new ArrayList<>(QUICK);
        all.addAll(options);
        all.addAll(List.of("-jar", jar.toString()));
        all.addAll(arguments);
        return ChildProcess.java(all);
    }

    private static Path file() {
        Path jar = Path.of(System.getProperty("bridge.jar", "target/sse-bridge.jar"))
                .toAbsolutePath();
        if (!Files.isRegularFile(jar)) {
            throw new AssertionError(
                    "no jar at " + jar + " (expected: one built by mvn package, or -Dbridge.jar=FILE)");
        }
        return jar;
    }

    /** Made when the first process starts. */
    private static final class Classes {
        private static final List<String> SHARED = List.of("-XX:SharedArchiveFile=" + archive(file()));

        private static Path archive(Path jar) {
            Path archive = jar.resolveSibling("sse-bridge.jsa");
            // Tests run in several JVMs at the same time: the first one makes it, the others wait.
            try (FileChannel file = FileChannel.open(
                            jar.resolveSibling("sse-bridge.jsa.lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
                    FileLock made = file.lock()) {
                assert made.isValid();
                if (!Files.exists(archive)
                        || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(jar)) <= 0) {
                    Files.move(make(jar), archive, StandardCopyOption.REPLACE_EXISTING);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return archive;
        }

        /** Has a node form a cluster and stop again: java archives all that it has loaded. */
        private static Path make(Path jar) {
            Path directory = TemporaryDirectory.create();
            Path archive = directory.resolve("classes.jsa");
            try (TestCluster cluster = new TestCluster();
                    ChildProcess node = ChildProcess.start(
                            "node that shares its classes",
                            directory,
                            Map.of("SSE_HTTP_PORT", "0"),
                            command(
                                    jar,
                                    List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:cds=off"),
                                    List.of(
                                            "--cluster-config",
                                            cluster.clusterConfig().toString())))) {
                node.awaitLine(LISTENING, PATIENCE);
                int status = node.stop();
                if (!Files.exists(archive)) {
                    throw node.failure("has ended with status " + status + " and left no archive of its classes", null);
                }
            }
            return archive;
        }
    }
}
