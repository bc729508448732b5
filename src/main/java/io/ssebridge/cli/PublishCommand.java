package io.ssebridge.cli;

import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Publishes events and prints their receipts. */
@Command(
        name = "publish",
        mixinStandardHelpOptions = true,
        description = {
            "Publishes an event, or each line of standard input as an event, and prints each receipt.",
            "With --ndjson all lines of a file are published in one request, as fast as the node acknowledges them.",
            "If a node does not acknowledge an event, the event is sent again with the same key. So it is published once."
        })
final class PublishCommand implements Callable<Integer> {
    private static final String STANDARD_INPUT = "-";
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final OptionsLoader loader;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Parameters(
            paramLabel = "[URL] DATA",
            arity = "0..2",
            hideParamSyntax = true,
            description =
                    "where the node is (" + NodeClient.DEFAULT_URL + "), and the data; -: the lines of standard input")
    private List<String> urlAndData = new ArrayList<>();

    @Option(names = "--channel", paramLabel = "CHANNEL", required = true, description = "the channel")
    private String channel = "";

    @Option(names = "--event", paramLabel = "NAME", description = "the name of the event")
    private Optional<String> event = Optional.empty();

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description = "the idempotency key (a random one); with lines of standard input: KEY-1, KEY-2, ...")
    private Optional<String> key = Optional.empty();

    @Option(
            names = "--attempts",
            paramLabel = "N",
            defaultValue = "6",
            description = "how often an event is sent at most, with growing pauses (${DEFAULT-VALUE})")
    private int attempts;

    @Option(
            names = "--ndjson",
            paramLabel = "FILE",
            description =
                    "publishes a file in one request, in place of DATA: each line is an event in JSON, with data, event and key; -: standard input")
    private Optional<String> ndjson = Optional.empty();

    private boolean answered;

    PublishCommand(OptionsLoader loader) {
        this.loader = loader;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (ndjson.isPresent()) {
            publishLines(ndjson.get());
            return 0;
        }
        if (urlAndData.isEmpty()) {
            throw new ConfigException("no data (expected: DATA, - or --ndjson FILE)");
        }
        NodeClient client = node.client(NodeOptions.url(urlAndData), loader);
        String data = urlAndData.get(urlAndData.size() - 1);
        String firstKey = key.orElseGet(() -> UUID.randomUUID().toString());
        if (!data.equals(STANDARD_INPUT)) {
            publish(client, data, firstKey);
            return 0;
        }
        // Nothing else reads the standard input, which stays open.
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            publish(client, line, firstKey + "-" + number);
        }
        return 0;
    }

    private void publishLines(String file) throws IOException, InterruptedException {
        if (urlAndData.size() > 1 || event.isPresent() || key.isPresent()) {
            throw new ConfigException(
                    "--ndjson: with DATA, --event or --key (expected: data, event and key in each line of the file)");
        }
        NodeClient client = node.client(urlAndData.isEmpty() ? NodeClient.DEFAULT_URL : urlAndData.get(0), loader);
        try (InputStream input = open(file)) {
            new LinesPublisher(
                            client,
                            spec.commandLine().getOut(),
                            spec.commandLine().getErr())
                    .run(
                            channel,
                            new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8.newDecoder())));
        }
    }

    private static InputStream open(String file) {
        if (file.equals(STANDARD_INPUT)) {
            return System.in;
        }
        try {
            return Files.newInputStream(Path.of(file));
        } catch (IOException | InvalidPathException e) {
            throw new ConfigException(
                    "--ndjson: %s cannot be read: %s (expected: a file, or -)".formatted(OneLine.quote(file), e), e);
        }
    }

    private void publish(NodeClient client, String data, String eventKey) throws InterruptedException {
        JsonObject body = new JsonObject().put("data", data).put("key", eventKey);
        event.ifPresent(name -> body.put("event", name));
        for (int attempt = 1; ; attempt++) {
            String problem;
            Duration wait = Duration.ZERO;
            try {
                HttpResponse<String> answer = client.send(
                        client.request("/publish?channel=" + NodeClient.encoded(channel))
                                .header("Content-Type", "application/json")
                                .POST(BodyPublishers.ofString(body.encode())),
                        BodyHandlers.ofString());
                answered = true;
                if (answer.statusCode() / 100 == 2) {
                    spec.commandLine().getOut().println(OneLine.of(answer.body()));
                    return;
                }
                if (!NodeClient.isTransient(answer.statusCode())) {
                    throw client.refusal(answer.statusCode(), answer.body());
                }
                problem = client.problem(answer.statusCode(), answer.body());
                wait = NodeClient.retryAfter(answer);
            } catch (IOException e) {
                if (!answered && e instanceof ConnectException) {
                    throw client.unreachable(e);
                }
                problem = NodeClient.reason(e);
            }
            if (attempt >= attempts) {
                throw new ConfigException(
                        "not acknowledged in %d attempts: %s (expected: publish it again with the key %s)"
                                .formatted(attempt, problem, eventKey));
            }
            Duration pause = pause(attempt, wait);
            spec.commandLine()
                    .getErr()
                    .println(OneLine.of("%s; sending again in %d ms".formatted(problem, pause.toMillis())));
            NodeClient.pause(pause);
        }
    }

    private static Duration pause(int attempt, Duration wanted) {
        long doublings = Math.min(attempt - 1, Byte.SIZE);
        Duration pause = FIRST_PAUSE.multipliedBy(1L << doublings);
        Duration longer = wanted.compareTo(pause) > 0 ? wanted : pause;
        return longer.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : longer;
    }
}
