package io.ssebridge;

import io.ssebridge.access.TokenVerifier;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Reads a configuration as a node on this machine would, with environment variables and system properties, and reports
 * errors.
 */
@Command(
        name = "check-config",
        mixinStandardHelpOptions = true,
        description = "Checks a configuration file without starting a node.")
final class CheckConfigCommand implements Callable<Integer> {
    private final OptionsLoader loader;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "FILE", description = "the configuration")
    private Path file = Path.of("");

    CheckConfigCommand(OptionsLoader loader) {
        this.loader = loader;
    }

    @Override
    public Integer call() {
        build(loader.load(Optional.of(file)));
        spec.commandLine().getOut().println(OneLine.of(file.toString()) + ": ok");
        return 0;
    }

    /** Creates the parts that a node could refuse to start with, in addition to the checks of the options. */
    private static void build(BridgeOptions options) {
        Vertx vertx = Vertx.vertx();
        try {
            TokenVerifier unused = TokenVerifier.create(vertx, options.auth());
        } catch (IllegalArgumentException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        } finally {
            vertx.close().await();
        }
    }
}
