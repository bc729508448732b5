package io.ssebridge.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ssebridge.cli.EventParser.StreamEvent;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.ssebridge.event.CompactJson;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.Reader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Prints a stream. It reconnects with the id of the last event, so that nothing is lost or printed twice. Events go to
 * {@code out}, the bridge's own events and all else to {@code err}. Owner: the thread that runs it.
 */
final class Tail {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String EVENT_STREAM = "text/event-stream";
    private static final long LONGEST_BACKOFF_MILLIS = 30_000;
    private static final long SHORTEST_WAIT_MILLIS = 100;
    private static final int MOST_DOUBLINGS = 20;
    private static final int HEARTBEATS = 3;
    private static final int BUFFER = 8192;

    private final NodeClient client;
    private final String target;
    private final boolean raw;
    private final PrintWriter out;
    private final PrintWriter err;
    private final SilenceWatch watch;
    private String lastEventId = "";
    private long retryMillis = 3_000;
    // Attempts since the last stream that was open.
    private int attempts;
    private boolean answered;
    private Optional<String> end = Optional.empty();

    /**
     * Creates the tail of a stream.
     *
     * @param target path and query of the stream
     * @param raw whether only the data is printed; if not, the stream must have envelopes
     * @param watch ends silent connections
     */
    Tail(NodeClient client, String target, boolean raw, PrintWriter out, PrintWriter err, SilenceWatch watch) {
        this.client = client;
        this.target = target;
        this.raw = raw;
        this.out = out;
        this.err = err;
        this.watch = watch;
    }

    /**
     * Prints the stream until its channels have ended, or nothing reads the output any more.
     *
     * @throws ConfigException if the node refuses the stream, or cannot be reached at the start
     */
    void run() throws InterruptedException {
        while (true) {
            Duration wait = Duration.ZERO;
            String problem = "the connection has ended";
            attempts++;
            try {
                HttpResponse<InputStream> answer = client.send(request(), BodyHandlers.ofInputStream());
                answered = true;
                try (InputStream body = answer.body()) {
                    if (NodeClient.isEnd(answer.statusCode())) {
                        return;
                    } else if (isStream(answer)) {
                        read(body);
                    } else {
                        problem = refused(answer.statusCode(), body);
                        wait = NodeClient.retryAfter(answer);
                    }
                }
            } catch (IOException e) {
                if (Thread.interrupted() || e.getCause() instanceof InterruptedException) {
                    throw new InterruptedException();
                }
                if (!answered) {
                    throw client.unreachable(e);
                }
                problem = NodeClient.reason(e);
            }
            if (end.isPresent()) {
                finish(end.get());
                return;
            }
            if (out.checkError()) {
                return;
            }
            reconnect(problem, wait);
        }
    }

    private HttpRequest.Builder request() {
        HttpRequest.Builder request = client.request(target).header("Accept", EVENT_STREAM);
        return lastEventId.isEmpty() ? request : request.header("Last-Event-ID", lastEventId);
    }

    private static boolean isStream(HttpResponse<?> answer) {
        return answer.statusCode() == 200
                && answer.headers().firstValue("Content-Type").orElse("").startsWith(EVENT_STREAM);
    }

    private String refused(int status, InputStream body) throws IOException {
        String text = new String(body.readNBytes(BUFFER), StandardCharsets.UTF_8);
        if (NodeClient.isTransient(status)) {
            return client.problem(status, text);
        }
        throw client.refusal(status, text);
    }

    private void reconnect(String problem, Duration wait) throws InterruptedException {
        long backoffMillis = retryMillis << Math.min(attempts - 1, MOST_DOUBLINGS);
        long millis = Math.min(backoffMillis, Math.max(retryMillis, LONGEST_BACKOFF_MILLIS));
        Duration pause = Duration.ofMillis(Math.max(SHORTEST_WAIT_MILLIS, Math.max(millis, wait.toMillis())));
        tell("%s; reconnecting in %d ms".formatted(problem, pause.toMillis()));
        NodeClient.pause(pause);
    }

    private static void finish(String reason) {
        switch (reason) {
            case "ended" -> {}
            case "token-expired", "access-lost" ->
                throw new ConfigException(
                        "the stream has ended: %s (expected: a token that covers the channels)".formatted(reason));
            default -> throw new ConfigException("the stream has ended: " + reason);
        }
    }

    private void read(InputStream body) throws IOException {
        EventParser parser = new EventParser(lastEventId, this::received);
        Reader text = new InputStreamReader(body, StandardCharsets.UTF_8);
        char[] buffer = new char[BUFFER];
        while (end.isEmpty()) {
            watch.startRead(body);
            int length = text.read(buffer);
            watch.endRead();
            if (length < 0 || out.checkError()) {
                return;
            }
            parser.feed(buffer, length);
        }
    }

    private void received(StreamEvent event) {
        event.retryMillis().ifPresent(millis -> retryMillis = millis);
        if (event.type().startsWith("stream-")) {
            control(event);
        } else if (raw) {
            out.println(event.data());
        } else {
            out.println(line(event));
        }
        lastEventId = event.id();
    }

    private void control(StreamEvent event) {
        Optional<JsonObject> json = json(event.data());
        tell(event.type() + ": " + json.map(Tail::readable).orElse(event.data()));
        json.ifPresent(fields -> {
            if (event.type().equals("stream-open")) {
                attempts = 0;
                if (fields.getValue("heartbeatMillis") instanceof Number heartbeat) {
                    watch.patience(Duration.ofMillis(heartbeat.longValue()).multipliedBy(HEARTBEATS));
                }
            } else if (event.type().equals("stream-error") && Boolean.FALSE.equals(fields.getValue("reconnect"))) {
                end = Optional.of(String.valueOf(fields.getValue("reason")));
            }
        });
    }

    private void tell(String line) {
        err.println(OneLine.of(line));
    }

    private static String readable(JsonObject fields) {
        return fields.stream()
                .filter(field -> field.getValue() != null)
                .map(field -> field.getKey() + " " + field.getValue())
                .collect(Collectors.joining(", "));
    }

    /** Writes an event on one line: channel, name and data, separated by tabs. */
    private static String line(StreamEvent event) {
        String channel = "";
        String data = event.data();
        try (JsonParser json = JSON.createParser(event.data())) {
            JsonToken unused = json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                JsonToken value = json.nextToken();
                if (name.equals("channel")) {
                    channel = json.getText();
                } else if (name.equals("data")) {
                    // A number of many digits stays as it was published.
                    data = value == JsonToken.VALUE_STRING ? json.getText() : CompactJson.copy(json);
                } else {
                    JsonParser unusedParser = json.skipChildren();
                }
            }
        } catch (IOException e) {
            throw new ConfigException("an event without an envelope (expected: the URL of a node)", e);
        }
        return OneLine.of(channel) + '\t' + OneLine.of(event.type()) + '\t' + OneLine.of(data);
    }

    private static Optional<JsonObject> json(String text) {
        try {
            return Optional.of(new JsonObject(text));
        } catch (DecodeException e) {
            return Optional.empty();
        }
    }
}
