package io.ssebridge.cli;

import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the channels that have subscribers. */
@Command(
        name = "channels",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the channels that have subscribers and that the admin patterns of the token cover.",
            "Each channel is one line: channel, number of subscribers and time of the newest event, separated by tabs."
        })
final class ChannelsCommand implements Callable<Integer> {
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

    ChannelsCommand(OptionsLoader loader) {
        this.loader = loader;
    }

    @Override
    public Integer call() throws InterruptedException {
        NodeClient client = node.client(url, loader);
        JsonObject page = client.get("/channels");
        while (true) {
            String last = print(page);
            if (!page.getBoolean("more", false) || last.isEmpty()) {
                return 0;
            }
            page = client.get("/channels?after=" + NodeClient.encoded(last));
        }
    }

    /** Prints a page and returns its last channel. */
    private String print(JsonObject page) {
        try {
            String last = "";
            for (Object each : page.getJsonArray("channels", new JsonArray())) {
                JsonObject channel = (JsonObject) each;
                last = channel.getString("channel");
                String time = channel.getString("last");
                spec.commandLine()
                        .getOut()
                        .println(OneLine.of(last)
                                + '\t'
                                + channel.getInteger("subscribers")
                                + '\t'
                                + OneLine.of(time == null ? "" : time));
            }
            return last;
        } catch (ClassCastException e) {
            throw new ConfigException("the answer is not a list of channels (expected: the URL of a node)", e);
        }
    }
}
