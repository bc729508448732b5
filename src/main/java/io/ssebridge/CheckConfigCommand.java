package io.ssebridge;

import io.ssebridge.config.OneLine;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Reads a configuration as a node here would, environment and system properties included, and tells what is wrong. */
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
        BridgeOptions unused = loader.load(Optional.of(file));
        spec.commandLine().getOut().println(OneLine.of(file.toString()) + ": ok");
        return 0;
    }
}
