package io.ssebridge.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the subscribers of a channel. */
@Command(
        name = "presence",
        mixinStandardHelpOptions = true,
        description =
                "Prints as JSON how many subscribers a channel has on all nodes, and the members if the rule shows them.")
final class PresenceCommand implements Callable<Integer> {
    private final OptionsLoader loader;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Parameters(
            paramLabel = "URL",
            arity = "0..1",
            defaultValue = NodeClient.DEFAULT_URL,
            description = NodeOptions.URL_HELP)
    private String url = "";

    @Option(names = "--channel", paramLabel = "CHANNEL", required = true, description = "the channel")
    private String channel = "";

    PresenceCommand(OptionsLoader loader) {
        this.loader = loader;
    }

    @Override
    public Integer call() throws InterruptedException {
        NodeOptions.print(node.client(url, loader).get("/presence/" + NodeClient.encoded(channel)), spec);
        return 0;
    }
}
