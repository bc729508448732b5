package io.ssebridge.cli;

import io.ssebridge.config.ConfigException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Starts a node. */
@Command(
        name = "sse-bridge",
        mixinStandardHelpOptions = true,
        description =
                "Brings the clustered Vert.x event bus to the browser's EventSource. Without a command: starts a node.",
        versionProvider = Version.class)
final class NodeCommand implements Callable<Integer> {
    /** The option that is valid for every command. */
    static final String CONF = "-conf";

    private final OptionsLoader loader;
    private final NodeStart node;

    @Option(
            names = CONF,
            paramLabel = "FILE",
            description = "the configuration; else conf/config.yaml if there, else demo mode")
    private Optional<Path> conf = Optional.empty();

    @Option(names = "--standalone", description = "joins no cluster")
    private boolean standalone;

    @Option(
            names = "--cluster-config",
            paramLabel = "FILE",
            description = "Hazelcast's configuration; else cluster.xml if there, else nodes on this machine")
    private Optional<Path> clusterConfig = Optional.empty();

    NodeCommand(OptionsLoader loader, NodeStart node) {
        this.loader = loader;
        this.node = node;
    }

    @Override
    public Integer call() {
        clusterConfig.ifPresent(NodeCommand::requireFile);
        Optional<ConfigFile> file = loader.found(conf).map(found -> new ConfigFile(loader, found));
        node.start(file.map(ConfigFile::read).orElseGet(() -> loader.load(conf)), file, standalone, clusterConfig);
        return 0;
    }

    /**
     * Returns the configuration file for a command. The option may come before or after the command.
     *
     * @param command the command
     * @param own the file that is given after the command
     * @throws ParameterException if two are given
     */
    static Optional<Path> conf(CommandLine command, Optional<Path> own) {
        Optional<Path> before = command.getParent().getCommandSpec().userObject() instanceof NodeCommand node
                ? node.conf
                : Optional.<Path>empty();
        if (own.isPresent() && before.isPresent()) {
            throw new ParameterException(
                    command, "two configuration files: %s and %s".formatted(before.get(), own.get()));
        }
        return own.or(() -> before);
    }

    private static void requireFile(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new ConfigException("--cluster-config: %s: no such file".formatted(file));
        }
    }
}
