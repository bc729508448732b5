package io.ssebridge.cli;

import io.ssebridge.access.TokenMint;
import io.ssebridge.bench.Bench;
import io.ssebridge.bench.Load;
import io.ssebridge.bench.Result;
import io.ssebridge.bench.Target;
import io.ssebridge.cluster.Cluster;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.Range;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Loads a running bridge, or another server of event streams. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        abbreviateSynopsis = true,
        sortOptions = false,
        description = {
            "Loads a running bridge, or another server of event streams, and prints the results.",
            "First it opens --subscribers streams, spread over --channels channels. Then, for the time of --warm-up and "
                    + "--time, it publishes --rate events per second. Each stream must get each event of its channel "
                    + "once and in order. It measures how long that takes and, with --pid, the CPU time and the memory "
                    + "that the server needs."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  A node in demo mode on this machine: 1,000 streams of one channel, 100 events per second:",
            "    java -jar sse-bridge.jar bench http://127.0.0.1:8080 --subscribers 1000 --rate 100",
            "  Two nodes with tokens, 50 channels, with the CPU time of process 4711:",
            "    java -jar sse-bridge.jar bench http://10.0.0.1:8080 http://10.0.0.2:8080 --channels 50 \\",
            "        --tokens -conf config.yaml --publish-header \"Authorization: Bearer $TOKEN\" --pid 4711",
            "",
            "Exit status 0: all events came. 1: an event was lost, duplicated or refused, or a stream failed.",
            "2: it could not start."
        })
final class BenchCommand implements Callable<Integer> {
    private final OptionsLoader loader;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "URL", arity = "1..*", description = "where the server is, such as http://127.0.0.1:8080")
    private List<URI> servers = new ArrayList<>();

    @Option(names = "--subscribers", defaultValue = "100", description = "streams (${DEFAULT-VALUE})")
    private int subscribers;

    @Option(
            names = "--stalled",
            defaultValue = "0",
            description = "how many of these streams never read (${DEFAULT-VALUE})")
    private int stalled;

    @Option(
            names = "--channels",
            defaultValue = "1",
            description = "channels, over which the streams are spread (${DEFAULT-VALUE})")
    private int channels;

    @Option(names = "--rate", defaultValue = "10", description = "events per second in all (${DEFAULT-VALUE}); 0: none")
    private double rate;

    @Option(names = "--size", defaultValue = "150", description = "bytes of data per event (${DEFAULT-VALUE})")
    private int size;

    @Option(
            names = "--publishers",
            defaultValue = "8",
            description = "connections that publish, one request in flight on each (${DEFAULT-VALUE})")
    private int publishers;

    @Option(
            names = "--warm-up",
            converter = Span.class,
            paramLabel = "DURATION",
            description = "publishes before that, without measuring (default: 3s)")
    private Duration warmUp = Duration.ofSeconds(3);

    @Option(
            names = "--time",
            converter = Span.class,
            paramLabel = "DURATION",
            description = "how long it measures (default: 10s)")
    private Duration time = Duration.ofSeconds(10);

    @Option(
            names = "--drain",
            converter = Span.class,
            paramLabel = "DURATION",
            description = "how long it waits for the last events (default: 30s)")
    private Duration drain = Duration.ofSeconds(30);

    @Option(names = "--readers", defaultValue = "1", description = "threads that read (${DEFAULT-VALUE})")
    private int readers;

    @Option(names = "--pid", split = ",", description = "processes of the server: their CPU time and memory count")
    private List<Long> pids = new ArrayList<>();

    @Option(names = "--resume", defaultValue = "0", description = "events that each stream has to catch up with")
    private int resume;

    @Option(
            names = "--channel",
            defaultValue = "bench.{n}",
            description = "a channel's name, {n} its number from 0 (${DEFAULT-VALUE})")
    private String channel = "";

    @Option(
            names = "--stream-path",
            defaultValue = "/stream/{channel}",
            description = "where streams are opened (${DEFAULT-VALUE})")
    private String streamPath = "";

    @Option(
            names = "--publish-path",
            defaultValue = "/publish/{channel}",
            description = "where events are published (${DEFAULT-VALUE})")
    private String publishPath = "";

    @Option(
            names = "--stream-header",
            paramLabel = "LINE",
            description = "a header of each stream, such as 'Authorization: Bearer x'; repeatable")
    private List<String> streamHeaders = new ArrayList<>();

    @Option(names = "--publish-header", paramLabel = "LINE", description = "a header of each publish; repeatable")
    private List<String> publishHeaders = new ArrayList<>();

    @Option(
            names = "--content-type",
            defaultValue = "text/plain",
            description = "the type of the published body (${DEFAULT-VALUE})")
    private String contentType = "";

    @Option(
            names = "--body",
            defaultValue = "{data}",
            description = "the body of each publish, {data} the event's data (${DEFAULT-VALUE})")
    private String body = "";

    @Option(
            names = "--await",
            paramLabel = "LINE",
            defaultValue = "event: stream-open",
            description = "the line that shows that a stream is open (${DEFAULT-VALUE}); empty: the head shows it")
    private String awaited = "";

    @Option(names = "--tokens", description = "each stream brings a token of its own, signed as -conf says")
    private boolean tokens;

    @Option(names = "-conf", paramLabel = "FILE", description = "the bridge's configuration, for --tokens")
    private Optional<Path> conf = Optional.empty();

    @Option(
            names = "--bus",
            paramLabel = "ADDRESS",
            description = "publishes on the event bus, {n} the channel's number")
    private Optional<String> bus = Optional.empty();

    @Option(names = "--cluster-config", paramLabel = "FILE", description = "the cluster to join for --bus")
    private Optional<Path> clusterConfig = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "appends the result as one line")
    private Optional<Path> json = Optional.empty();

    /** Reads a duration. Unlike the durations of the other commands, it may be 0. */
    static final class Span implements ITypeConverter<Duration> {
        private static final Range<Duration> SPANS = Range.ofDurations(Duration.ZERO, Duration.ofHours(1));

        @Override
        public Duration convert(String text) {
            try {
                return SPANS.read(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(String.valueOf(e.getMessage()));
            }
        }
    }

    BenchCommand(OptionsLoader loader) {
        this.loader = loader;
    }

    @Override
    public Integer call() throws IOException {
        Result result = run(spec.commandLine().getErr());
        PrintWriter out = spec.commandLine().getOut();
        out.println(result.toTable());
        if (json.isPresent()) {
            String line = result.toJson().encode() + "\n";
            Path unused = Files.writeString(json.get(), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        }
        return result.isFlawless() ? 0 : 1;
    }

    private Result run(PrintWriter err) {
        Optional<Vertx> guest = bus.map(given -> Cluster.guest(clusterConfig).await());
        try {
            Load load = new Load(subscribers, stalled, channels, rate, size, publishers, warmUp, time, drain);
            Target target = new Target(
                    servers,
                    channel,
                    streamPath,
                    publishPath,
                    streamHeaders,
                    publishHeaders,
                    contentType,
                    body,
                    awaited);
            return new Bench(load, target, pids, line -> {
                        err.println(line);
                        err.flush();
                    })
                    .run(readers, resume, headers(), guest, bus.orElse(""));
        } catch (IllegalArgumentException | IllegalStateException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        } finally {
            guest.ifPresent(vertx -> vertx.close().await());
        }
    }

    private IntFunction<String> headers() {
        if (!tokens) {
            return subscriber -> "";
        }
        TokenMint mint = new TokenMint(
                Vertx.vertx(),
                loader.load(NodeCommand.conf(spec.commandLine(), conf)).auth());
        JsonObject grants = new JsonObject().put("subscribe", List.of("**"));
        return subscriber -> "Authorization: Bearer "
                + mint.sign(
                        new JsonObject().put("sub", "subscriber-" + subscriber).put("channels", grants),
                        Duration.ofHours(1))
                + "\r\n";
    }
}
