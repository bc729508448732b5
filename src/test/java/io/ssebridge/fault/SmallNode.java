package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.http.AnswerLines;
import io.ssebridge.http.RawConnection;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Exposition;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.regex.Pattern;

/** A real node with a small heap, one honest stream, and many ways to ask too much of it. */
final class SmallNode implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final int AT_ONCE = 20;
    private static final int HONEST_EVENTS = 16;
    private static final Pattern METRICS = Pattern.compile("metrics on (http://\\S+)");
    private static final Pattern CHANGED = Pattern.compile("The configuration has (not )?changed");

    private final NodeSetup setup;
    private final TestNode node;
    private final Path file;
    private final String config;
    private final URI metrics;
    private final EventStreamReader honest;
    private final String publisher = Tokens.of("honest");
    private final List<RawConnection> open = new ArrayList<>();
    private int published;
    private boolean hasOtherLimits;

    /**
     * Starts a node, and fills the history of the honest stream.
     *
     * @param config has {@code %s} in place of limits that are changed later
     */
    SmallNode(TestCluster cluster, String config, String... jvmOptions) {
        this.config = config;
        NodeSetup one = NodeSetup.of(config.formatted(""));
        for (String option : jvmOptions) {
            one = one.jvm(option);
        }
        setup = one;
        node = cluster.start(setup);
        file = node.directory().resolve("config.yaml");
        metrics = URI.create(node.process().awaitLine(METRICS, PATIENCE).group(1));
        honest = node.stream("/stream/honest");
        honest.await("stream-open");
        for (int i = 0; i < HONEST_EVENTS; i++) {
            serves();
        }
    }

    /** Starts another node of the cluster. */
    TestNode join(TestCluster cluster) {
        return cluster.start(setup);
    }

    /** Gives the running node other limits, until {@link #release}. */
    void limits(String limits) {
        hasOtherLimits = true;
        reload(", " + limits);
    }

    private void reload(String limits) {
        int known = node.process().lines();
        try {
            Path next = Files.writeString(file.resolveSibling("next.yaml"), config.formatted(limits));
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            Process hangUp = new ProcessBuilder(
                            "kill", "-HUP", String.valueOf(node.process().pid()))
                    .start();
            assertThat(hangUp.waitFor(10, TimeUnit.SECONDS)).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
        node.process().awaitLine(known, CHANGED, PATIENCE);
    }

    /** The value of a metric, of all its labels. */
    double metric(String name) {
        return metric(name, Map.of());
    }

    /** The value of a metric with a label. */
    double metric(String name, Map<String, String> labels) {
        return Exposition.of(node.send(HttpRequest.newBuilder(metrics).GET()).body())
                .sum(name, labels);
    }

    /** A request of the honest publisher comes to the honest stream, and nothing has failed meanwhile. */
    void serves() {
        // Always of the same length: such events find room in a full history.
        String data = "%08d".formatted(++published);
        assertThat(node.post(
                                "/publish/honest",
                                new JsonObject().put("data", data).encode(),
                                "Authorization",
                                "Bearer " + publisher)
                        .statusCode())
                .isEqualTo(201);
        honest.await(event -> event.data().equals(data), PATIENCE);
        assertThat(honest.events("message")).hasSize(published);
        assertThat(node.process().isAlive()).isTrue();
        assertThat(node.process().output()).noneMatch(line -> line.contains("ERROR") || line.contains("OutOfMemory"));
    }

    /** Sends requests over one connection, some at a time, and returns the answers. */
    List<RawConnection.Answer> ask(int count, IntFunction<String> request) {
        List<RawConnection.Answer> answers = new ArrayList<>();
        try (RawConnection connection = connect()) {
            for (int i = 0; i < count; i += AT_ONCE) {
                int end = Math.min(count, i + AT_ONCE);
                StringBuilder some = new StringBuilder();
                for (int j = i; j < end; j++) {
                    some.append(request.apply(j));
                }
                connection.send(some.toString());
                for (int j = i; j < end; j++) {
                    answers.add(connection.answer());
                }
            }
        }
        return answers;
    }

    /** Sends a request over each of many connections at the same time, and returns the answers. They stay open. */
    List<RawConnection.Answer> askAtOnce(int count, IntFunction<String> request) {
        List<RawConnection> connections = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            connections.add(connect());
        }
        open.addAll(connections);
        for (int i = 0; i < count; i++) {
            connections.get(i).send(request.apply(i));
        }
        return connections.stream().map(RawConnection::answer).toList();
    }

    /** Opens a connection, and sends as much as it takes. It stays open. */
    RawConnection send(String text) {
        RawConnection connection = connect();
        open.add(connection);
        boolean unused = connection.takes(text);
        return connection;
    }

    /** Opens a stream. */
    EventStreamReader stream(String target) {
        return node.stream(target);
    }

    /** Opens a stream that takes nothing. */
    EventStreamReader stalled(String channels) {
        EventStreamReader reader = EventStreamReader.open(node.uri("/stream/" + channels), Map.of(), 4_096);
        reader.await("stream-open");
        reader.pause();
        return reader;
    }

    /** Publishes many events in one request. */
    void publishLines(String channel, int count, IntFunction<JsonObject> event) {
        try (RawConnection connection = connect()) {
            connection.send(post("/publish/" + channel, "application/x-ndjson", "Transfer-Encoding: chunked"));
            CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> {
                for (int i = 0; i < count; i++) {
                    String line = event.apply(i).encode() + "\n";
                    connection.send(Integer.toHexString(line.length()) + "\r\n" + line + "\r\n");
                }
                connection.send("0\r\n\r\n");
            });
            AnswerLines answers = new AnswerLines(connection);
            assertThat(answers.statuses(count)).containsOnly(201);
            sent.join();
        }
    }

    /** Ends the connections that were kept open, brings the first limits back, and waits for the end of all streams but the honest one. */
    void release() {
        open.forEach(RawConnection::reset);
        open.clear();
        if (hasOtherLimits) {
            hasOtherLimits = false;
            reload("");
        }
        Eventually.see("streams", PATIENCE, () -> metric("sse_subscribers"), count -> count == 1);
    }

    private RawConnection connect() {
        return RawConnection.open(node.uri("/").getPort());
    }

    /** A request without a body. */
    static String get(String target, String... headers) {
        return "GET " + target + " HTTP/1.1\r\nHost: x\r\n" + lines(headers) + "\r\n";
    }

    /** The head of a request with a body. */
    static String post(String target, String type, String... headers) {
        return "POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + type + "\r\n" + lines(headers) + "\r\n";
    }

    /** A request with a body. */
    static String post(String target, String type, byte[] body, String... headers) {
        return "POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + type + "\r\nContent-Length: " + body.length
                + "\r\n" + lines(headers) + "\r\n" + new String(body, StandardCharsets.ISO_8859_1);
    }

    private static String lines(String... headers) {
        return headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
    }

    /** The memory of the node, after a collection. */
    Memory memory() {
        return Memory.of(node.process().pid());
    }

    @Override
    public void close() {
        open.forEach(RawConnection::reset);
        honest.close();
    }
}
