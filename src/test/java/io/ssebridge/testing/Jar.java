package io.ssebridge.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The jar that users run, run so that it starts in a quarter of the time: with the first of the compiler's two stages only, and with
 * {@link SharedClasses}. A test run starts it more than a hundred times.
 */
public final class Jar {
    /** For any process of a test. */
    static final List<String> QUICK = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    /**
     * For any process that joins a cluster: Hazelcast compares each configuration file with its XML schema, in a fifth of the time that
     * a start takes. The processes that make {@link SharedClasses} do so too, once in a test run.
     */
    static final String NO_SCHEMA = "-Dhazelcast.config.schema.validation.enabled=false";

    // Code on a wrong thread must fail with an assertion.
    private static final String ASSERTIONS = "-ea:io.ssebridge...";

    private Jar() {}

    /**
     * The command that runs it.
     *
     * @param jvmOptions for java
     * @param arguments for the jar
     */
    public static List<String> command(List<String> jvmOptions, List<String> arguments) {
        List<String> options = new ArrayList<>(List.of(SharedClasses.ofNodes(), ASSERTIONS, NO_SCHEMA));
        options.addAll(jvmOptions);
        return command(file(), options, arguments);
    }

    /**
     * The command that runs a class of the tests with the classes of the jar.
     *
     * @param main the class
     * @param arguments for it
     */
    public static List<String> test(Class<?> main, List<String> arguments) {
        List<String> all = new ArrayList<>(QUICK);
        all.addAll(List.of(SharedClasses.ofNodes(), NO_SCHEMA));
        // The jar comes first, as when its classes were archived.
        all.addAll(List.of(
                "-cp",
                file() + System.getProperty("path.separator") + System.getProperty("java.class.path"),
                main.getName()));
        all.addAll(arguments);
        return ChildProcess.java(all);
    }

    /**
     * The command that runs an example from its source, as the documentation prints it.
     *
     * @param source the name of the file
     * @param arguments for the example
     */
    public static List<String> example(String source, String... arguments) {
        List<String> all = new ArrayList<>(QUICK);
        all.addAll(List.of(
                SharedClasses.ofNodes(),
                NO_SCHEMA,
                "-Dhazelcast.logging.type=slf4j",
                // As java says for a machine with one core or two.
                "-Djava.util.concurrent.ForkJoinPool.common.parallelism=2",
                "-cp",
                file().toString(),
                Path.of("src/examples/java", source).toAbsolutePath().toString()));
        all.addAll(List.of(arguments));
        return ChildProcess.java(all);
    }

    static List<String> command(Path jar, List<String> options, List<String> arguments) {
        List<String> all = new ArrayList<>(QUICK);
        all.addAll(options);
        all.addAll(List.of("-jar", jar.toString()));
        all.addAll(arguments);
        return ChildProcess.java(all);
    }

    static Path file() {
        Path jar = Path.of(System.getProperty("bridge.jar", "target/sse-bridge.jar"))
                .toAbsolutePath();
        if (!Files.isRegularFile(jar)) {
            throw new AssertionError(
                    "no jar at " + jar + " (expected: one built by mvn package, or -Dbridge.jar=FILE)");
        }
        return jar;
    }
}
