package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.FramingCases;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The contents of an open stream, and its end, after which nothing is left; for both sinks. */
@Timeout(120)
@ParameterizedClass(name = "portable: {0}")
@ValueSource(booleans = {false, true})
class StreamIT {
    private static final Duration AT_ONCE = Duration.ofSeconds(2);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration HEARTBEAT = Duration.ofMillis(300);
    private static final NodeSetup SETUP = NodeSetup.of("""
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s", leeway: 0s}}
            stream: {heartbeat: 300ms, retry: 1s}
            limits: {eventSize: 1MiB, channelsPerStream: 3}
            shutdown: {drain: 1s}
            channels:
              - {channel: "sse", subscribe: public, publish: public}
              - {channel: "public.{name}", subscribe: public, publish: public}
              - {channel: "team.{name}"}
            """.formatted(NodeSetup.SECRET));
    // So rare that no heartbeat can reveal that a client is gone.
    private static final NodeSetup ONE_STREAM =
            SETUP.env("SSE_STREAM_HEARTBEAT", "1h").env("SSE_LIMITS_SUBSCRIBERS", "1");

    @SuppressWarnings("NullAway.Init")
    private static TestNode node;

    @SuppressWarnings("NullAway.Init")
    private static TestNode oneStream;

    @Parameter
    private boolean portable;

    @BeforeParameterizedClassInvocation
    static void start(boolean portable) {
        node = TestNode.standalone(writing(SETUP, portable));
        oneStream = TestNode.standalone(writing(ONE_STREAM, portable));
    }

    private static NodeSetup writing(NodeSetup setup, boolean portable) {
        return setup.jvm("-Dio.ssebridge.portable=" + portable);
    }

    @AfterParameterizedClassInvocation
    static void stop() {
        node.close();
        oneStream.close();
    }

    private static int port(TestNode of) {
        return of.uri("/").getPort();
    }

    private static void publish(String channel, JsonObject event) {
        assertThat(node.post("/publish/" + channel, event.encode()).statusCode())
                .isEqualTo(201);
    }

    @Test
    void aStream_beginsWithHeadersACommentAndStreamOpen() {
        try (EventStreamReader reader = node.stream("/stream/public.a")) {
            assertThat(reader.status()).isEqualTo(200);
            assertThat(reader.headers())
                    .containsEntry("content-type", "text/event-stream")
                    .containsEntry("cache-control", "no-cache, no-transform")
                    .containsEntry("x-accel-buffering", "no")
                    .containsEntry("x-content-type-options", "nosniff");

            ReceivedEvent open = reader.next(AT_ONCE);
            assertThat(open.type()).isEqualTo("stream-open");
            assertThat(open.json().fieldNames())
                    .containsExactlyInAnyOrder("subscriber", "channels", "expires", "node", "time", "heartbeatMillis");
            assertThat(Instant.parse(open.json().getString("time")))
                    .isBetween(Instant.now().minusSeconds(10), Instant.now());
            assertThat(open.json().getInteger("heartbeatMillis")).isEqualTo(300);
            assertThat(open.json().getString("subscriber")).matches("[0-9a-f]{40}");
            assertThat(open.json().getJsonArray("channels")).isEqualTo(new JsonArray(List.of("public.a")));
            assertThat(open.json().getValue("expires")).isNull();
            assertThat(open.json().getString("node")).isNotBlank();
            assertThat(reader.comments()).startsWith(" ");
            assertThat(reader.findings()).isEmpty();
        }
    }

    @Test
    void theReconnectionTimes_lieAroundTheConfiguredOneAndDiffer() {
        List<Long> retries = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            try (EventStreamReader reader = node.stream("/stream/public.a")) {
                reader.await("stream-open");
                retries.addAll(reader.retries());
            }
        }
        assertThat(retries).hasSize(20).allMatch(retry -> retry >= 500 && retry <= 1_500);
        assertThat(retries.stream().distinct()).hasSizeGreaterThan(1);
    }

    @Test
    void aTokensExpiry_isToldInStreamOpen() {
        String token = Tokens.mint("alice", List.of("team.*"), List.of());
        try (EventStreamReader reader = node.stream("/stream/team.a", token)) {
            String expires = reader.await("stream-open").json().getString("expires");
            assertThat(Instant.parse(expires))
                    .isBetween(Instant.now(), Instant.now().plusSeconds(3_601));
        }
    }

    @Test
    void channelsInPathAndQuery_areUnited() {
        try (EventStreamReader reader =
                node.stream("/stream/public.a?channel=public.b&channel=public.a&channel=public.b")) {
            JsonObject open = reader.await("stream-open").json();
            assertThat(open.getJsonArray("channels")).isEqualTo(new JsonArray(List.of("public.a", "public.b")));

            publish("public.a", new JsonObject().put("data", "to a"));
            publish("public.b", new JsonObject().put("data", "to b"));
            publish("public.a", new JsonObject().put("event", "last").put("data", ""));
            reader.await("last");
            assertThat(reader.events("message")).extracting(ReceivedEvent::data).containsExactly("to a", "to b");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/stream", "/stream?", "/stream?_x=y", "/stream/sse"})
    void withoutAChannel_itIsTheDefaultOne(String path) {
        try (EventStreamReader reader = node.stream(path)) {
            assertThat(reader.await("stream-open").json().getJsonArray("channels"))
                    .isEqualTo(new JsonArray(List.of("sse")));
        }
    }

    @Test
    void moreChannelsThanAllowed_areRefused() {
        String three = "/stream?channel=public.a&channel=public.b&channel=public.c";
        assertThat(RawConnection.ask(port(node), "HEAD " + three + " HTTP/1.1", "Host: x")
                        .status())
                .isEqualTo(200);
        assertThat(RawConnection.ask(port(node), "HEAD " + three + "&channel=sse HTTP/1.1", "Host: x")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void head_answersAsGetDoesAndOpensNothing() {
        for (int i = 0; i < 3; i++) {
            RawConnection.Answer answer = RawConnection.ask(port(oneStream), "HEAD /stream/sse HTTP/1.1", "Host: x");
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.all("Content-Type")).containsExactly("text/event-stream");
        }
        try (RawConnection connection = RawConnection.open(port(oneStream))) {
            connection.send("HEAD /stream/sse HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            for (String line = connection.line(); !line.isEmpty(); line = connection.line()) {
                assertThat(line).doesNotStartWithIgnoringCase("transfer-encoding");
            }
            assertThat(connection.isEnded()).isTrue();
        }
    }

    @Test
    void silence_isBrokenByOneCommentLineWithoutAnEmptyLine() {
        try (RawConnection connection = RawConnection.open(port(node))) {
            // HTTP/1.0 knows no chunks: every line is one of the stream.
            connection.send("GET /stream/public.silent HTTP/1.0\r\n\r\n");
            while (!connection.line().isEmpty()) {
                // The head.
            }
            assertThat(connection.line()).isEqualTo(":");
            assertThat(connection.line()).isEqualTo("event: stream-open");
            assertThat(connection.line()).startsWith("retry: ");
            assertThat(connection.line()).startsWith("data: ");
            while (!connection.line().isEmpty()) {
                // The other fields of an event.
            }
            long start = System.nanoTime();
            for (int i = 0; i < 4; i++) {
                assertThat(connection.line()).isEqualTo(":");
            }
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(HEARTBEAT.multipliedBy(3), HEARTBEAT.multipliedBy(8));
        }
    }

    @Test
    void everyBlock_hasData() {
        try (EventStreamReader reader = node.stream("/stream/public.blocks")) {
            reader.await("stream-open");
            publish("public.blocks", new JsonObject().put("data", ""));
            publish(
                    "public.blocks",
                    new JsonObject().put("data", "").put("event", "e").put("retry", 5));
            reader.await("e");
            reader.awaitComments(3, PATIENCE);
            assertThat(reader.events()).hasSize(3);
            assertThat(reader.findings()).isEmpty();
        }
    }

    private static List<FramingCases.Case> framingCases() {
        return FramingCases.all();
    }

    @ParameterizedTest
    @MethodSource("framingCases")
    void anEvent_reachesTheBrowserAsPublished(FramingCases.Case given) {
        JsonObject event = new JsonObject().put("data", given.data());
        if (given.name() != null) {
            event.put("event", given.name());
        }
        if (given.retry() != null) {
            event.put("retry", given.retry().toMillis());
        }
        try (EventStreamReader reader = node.stream("/stream/public.framing")) {
            reader.await("stream-open");
            publish("public.framing", event);
            ReceivedEvent received = reader.next(PATIENCE);
            assertThat(received.type()).isEqualTo(given.expectedType());
            // Not by isEqualTo: its message would show 200 KB.
            assertThat(received.data().equals(given.expectedData())).isTrue();
            assertThat(reader.findings()).isEmpty();
        }
    }

    @Test
    void aTokenThatExpires_isWarnedOfAndEndsItsStream() {
        String token = Tokens.mint("alice", List.of("team.*"), List.of(), new JsonObject(), Duration.ofSeconds(3));
        try (EventStreamReader reader = node.stream("/stream/team.a", token)) {
            JsonObject open = reader.await("stream-open").json();
            JsonObject warning = reader.await("stream-warning").json();
            assertThat(warning)
                    .isEqualTo(new JsonObject().put("reason", "token-expires").put("at", open.getString("expires")));
            JsonObject error = reader.await("stream-error").json();
            assertThat(error)
                    .isEqualTo(new JsonObject().put("reason", "token-expired").put("reconnect", true));
            assertThat(Instant.now()).isAfterOrEqualTo(Instant.parse(open.getString("expires")));
            assertThat(reader.awaitEnd(AT_ONCE)).isEqualTo(EventStreamReader.End.COMPLETE);
            assertThat(reader.events("stream-warning")).hasSize(1);
        }
        assertThat(node.get("/stream/team.a", "Authorization", "Bearer " + token)
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void aStreamOfMaxAge_isEndedToBeOpenedAgain() {
        try (TestNode young = TestNode.standalone(SETUP.env("SSE_STREAM_MAX_AGE", "500ms"));
                EventStreamReader reader = young.stream("/stream/sse")) {
            assertThat(reader.await("stream-error").json())
                    .isEqualTo(new JsonObject().put("reason", "max-age").put("reconnect", true));
            assertThat(reader.awaitEnd(AT_ONCE)).isEqualTo(EventStreamReader.End.COMPLETE);
        }
    }

    @Test
    void aClientThatGoes_isNoticedAtOnce() {
        EventStreamReader byFin = oneStream.stream("/stream/sse");
        byFin.await("stream-open");
        assertThat(statusOfAnother()).isEqualTo(429);
        byFin.close();
        awaitRoom();

        EventStreamReader byRst = oneStream.stream("/stream/sse");
        byRst.await("stream-open");
        assertThat(statusOfAnother()).isEqualTo(429);
        byRst.reset();
        awaitRoom();
    }

    private static int statusOfAnother() {
        return RawConnection.ask(port(oneStream), "HEAD /stream/sse HTTP/1.1", "Host: x")
                .status();
    }

    private static void awaitRoom() {
        long deadline = System.nanoTime() + AT_ONCE.toNanos();
        int status = statusOfAnother();
        while (status != 200 && System.nanoTime() < deadline) {
            status = statusOfAnother();
        }
        assertThat(status).isEqualTo(200);
    }

    @Test
    void aSlowReader_disturbsNobodyAndCatchesUp() {
        String large = "x".repeat(100_000);
        try (EventStreamReader slow = EventStreamReader.open(node.uri("/stream/public.large"), Map.of(), 4_096);
                EventStreamReader quick = node.stream("/stream/public.large")) {
            slow.await("stream-open");
            quick.await("stream-open");
            slow.pause();
            for (int i = 0; i < 30; i++) {
                publish("public.large", new JsonObject().put("data", i + large));
                assertThat(quick.next(AT_ONCE).data()).startsWith(i + "x");
            }
            slow.resume();
            for (int i = 0; i < 30; i++) {
                assertThat(slow.next(PATIENCE).data()).startsWith(i + "x");
            }
            assertThat(slow.findings()).isEmpty();
        }
    }

    /** The buffers of a stalled client are memory that no other client can use: they are small.
     * The system's own would take hundreds.
     */
    @Test
    void aReaderThatStalls_swallowsNoMoreThanItsBuffersTake() {
        String large = "x".repeat(10_000);
        try (EventStreamReader stalled = EventStreamReader.open(node.uri("/stream/public.stalled"), Map.of(), 4_096)) {
            stalled.await("stream-open");
            stalled.pause();
            for (int i = 0; i < 600; i++) {
                publish("public.stalled", new JsonObject().put("data", i + large));
            }
            stalled.resume();
            stalled.await("stream-reset");
            assertThat(stalled.events("message")).hasSizeLessThan(100);
        }
    }

    @Test
    void aNodeThatStops_tellsItsStreamsAndEndsInTime() {
        try (TestNode stopping = TestNode.standalone(writing(SETUP, portable))) {
            List<EventStreamReader> readers = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                EventStreamReader reader = stopping.stream("/stream/public.a");
                reader.await("stream-open");
                readers.add(reader);
            }
            long start = System.nanoTime();
            assertThat(stopping.stop()).isIn(0, 143);
            // The drain of 1 s, and the time that a JVM takes to end on a busy machine.
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(6));
            for (EventStreamReader reader : readers) {
                assertThat(reader.await("stream-error").json())
                        .isEqualTo(new JsonObject().put("reason", "draining").put("reconnect", true));
                assertThat(reader.awaitEnd(AT_ONCE)).isEqualTo(EventStreamReader.End.COMPLETE);
            }
            assertThat(String.join("\n", stopping.process().output())).doesNotContain("ERROR", "Stopped without");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "*/*", "text/*", "TEXT/Event-Stream;x=y", "text/html, */*;q=0.1", ""})
    void aClientThatTakesEventStreams_getsOne(String accept) {
        assertThat(acceptStatus(accept)).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "text/event-stream;q=0",
                "text/event-stream; q = 0.000, */*",
                "text/html, */*;q=0",
                "text/event-streams"
            })
    void aClientThatTakesNone_isTold(String accept) {
        assertThat(acceptStatus(accept)).isEqualTo(406);
    }

    private static int acceptStatus(String accept) {
        return RawConnection.ask(port(node), "HEAD /stream/sse HTTP/1.1", "Host: x", "Accept: " + accept)
                .status();
    }
}
