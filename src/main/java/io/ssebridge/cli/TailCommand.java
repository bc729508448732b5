package io.ssebridge.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the events of channels as they come. */
@Command(
        name = "tail",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the events of channels of a running node as they come.",
            "Each event is one line: channel, name and data, separated by tabs. Control characters are escaped. The "
                    + "bridge's own events go to standard error. A lost connection is opened again with the id of the "
                    + "last event, so that no retained event is lost or printed twice."
        },
        footerHeading = "%n",
        footer = {
            "Exit status 0: Ctrl-C, or the channels have ended. 2: the node refuses the stream, or cannot be reached."
        })
final class TailCommand implements Callable<Integer> {
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

    @Option(names = "--channel", paramLabel = "CHANNEL", description = "a channel; repeatable; sse without it")
    private List<String> channels = new ArrayList<>();

    @Option(names = "--last", paramLabel = "N", description = "begins with the newest N events of each channel")
    private Optional<String> last = Optional.empty();

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "begins with the first event from that time on, such as 2026-01-31T12:00:00Z")
    private Optional<String> since = Optional.empty();

    @Option(names = "--raw", description = "prints only the data, as it was published")
    private boolean raw;

    TailCommand(OptionsLoader loader) {
        this.loader = loader;
    }

    @Override
    public Integer call() {
        NodeClient client = node.client(url, loader);
        // Ctrl-C starts the shutdown hooks. Each line is written as a whole, so nothing is left to do.
        Thread atSignal = new Thread(() -> Runtime.getRuntime().halt(0), "end-of-tail");
        Runtime.getRuntime().addShutdownHook(atSignal);
        try (SilenceWatch watch = new SilenceWatch()) {
            new Tail(
                            client,
                            target(),
                            raw,
                            spec.commandLine().getOut(),
                            spec.commandLine().getErr(),
                            watch)
                    .run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            boolean unused = Runtime.getRuntime().removeShutdownHook(atSignal);
        }
        return 0;
    }

    private String target() {
        List<String> query = new ArrayList<>();
        channels.forEach(channel -> query.add("channel=" + NodeClient.encoded(channel)));
        last.ifPresent(number -> query.add("last=" + NodeClient.encoded(number)));
        since.ifPresent(time -> query.add("since=" + NodeClient.encoded(time)));
        if (!raw) {
            query.add("envelope=cloudevents");
        }
        return query.isEmpty() ? "/stream" : "/stream?" + String.join("&", query);
    }
}
