package io.ssebridge.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the state of one open stream. */
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        description = "Prints as JSON why a client gets no events, or gets them late: the state of its stream.")
final class ExplainCommand implements Callable<Integer> {
    private final OptionsLoader loader;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Parameters(
            paramLabel = "[URL] SUBSCRIBER",
            arity = "1..2",
            hideParamSyntax = true,
            description = "where the node is (" + NodeClient.DEFAULT_URL
                    + "), and the id of the stream, as its stream-open says it")
    private List<String> urlAndSubscriber = new ArrayList<>();

    ExplainCommand(OptionsLoader loader) {
        this.loader = loader;
    }

    @Override
    public Integer call() throws InterruptedException {
        NodeClient client = node.client(NodeOptions.url(urlAndSubscriber), loader);
        String subscriber = urlAndSubscriber.get(urlAndSubscriber.size() - 1);
        NodeOptions.print(client.get("/subscribers/" + NodeClient.encoded(subscriber)), spec);
        return 0;
    }
}
