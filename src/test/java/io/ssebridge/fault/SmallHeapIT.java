package io.ssebridge.fault;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.http.RawConnection.Answer;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Gzip;
import io.ssebridge.testing.MarkdownPage;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * A node with a small heap is driven far beyond each of its limits, one after the other. Each time there is a clear answer and a metric, and
 * the node goes on serving. The test of a key of the configuration has its name.
 */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SmallHeapIT {
    private static final int TIMES = Bound.of("heap.times", 1);
    private static final int USED_CHANNELS = 40;
    private static final String JSON = "application/json";
    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            stream: {retry: 100ms}
            shutdown: {drain: 0s}
            limits: {stalledBytes: 1MiB, historyBytes: 8MiB, dedupBytes: 1MiB, replays: 1%%s}
            channels:
              - {channel: honest, subscribe: public, publish: authenticated, history: {size: 16, ttl: 1h}}
              - {channel: "public.{name}", subscribe: public, publish: public, history: {size: 64, ttl: 2s}}
              - {channel: "kept.{name}", subscribe: public, publish: public, history: {size: 64, ttl: 1h}}
              - {channel: "asked.{name}", subscribe: public, authorize: {url: "http://127.0.0.1:%d/", timeout: 1s}}
            """;

    // A service that takes questions and never answers.
    private ServerSocket silent;
    private TestCluster cluster;
    private SmallNode node;
    private long begunNanos;

    @BeforeAll
    void start() throws IOException {
        silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        cluster = new TestCluster();
        node = new SmallNode(
                cluster,
                CONFIG.formatted(NodeSetup.SECRET, silent.getLocalPort()),
                "-Xmx128m",
                "-XX:MaxDirectMemorySize=48m",
                Memory.COUNTED);
    }

    @AfterAll
    void stop() throws IOException {
        Bound.say("a node with -Xmx128m beyond all limits: %s", node.memory());
        node.close();
        cluster.close();
        silent.close();
    }

    @BeforeEach
    void begin() {
        begunNanos = System.nanoTime();
    }

    @AfterEach
    void theNodeServes(TestInfo test) {
        node.serves();
        node.release();
        Bound.say("%s: served after %d ms", test.getDisplayName(), (System.nanoTime() - begunNanos) / 1_000_000);
    }

    private double refusedStreams(String limit) {
        return node.metric("sse_subscribers_refused_total", Map.of("limit", limit));
    }

    private double refusedRequests(String type) {
        return node.metric("sse_http_refused_total", Map.of("type", type));
    }

    private double refusedEvents(String reason) {
        return node.metric("sse_events_refused_total", Map.of("reason", reason));
    }

    /** Some have been refused, all of these with this status and with a detail that begins so; returns their number. */
    private static int refused(List<Answer> answers, int status, String detail) {
        List<Answer> refused =
                answers.stream().filter(answer -> answer.status() >= 400).toList();
        assertThat(refused).isNotEmpty().allSatisfy(answer -> {
            assertThat(answer.status()).isEqualTo(status);
            assertThat(answer.problem().getString("detail")).startsWith(detail);
        });
        return refused.size();
    }

    private static String publish(String channel, String json) {
        return SmallNode.post("/publish/public." + channel, JSON, json.getBytes(US_ASCII));
    }

    private static String publishKept(String channel, String json) {
        return SmallNode.post("/publish/kept." + channel, JSON, json.getBytes(US_ASCII));
    }

    private static String event(String data) {
        return new JsonObject().put("data", data).encode();
    }

    @Test
    void everyLimitOfTheDocumentation_isTestedHere() throws IOException {
        assertThat(Arrays.stream(SmallHeapIT.class.getDeclaredMethods())
                        .filter(method -> method.isAnnotationPresent(Test.class))
                        .map(method -> "`" + method.getName() + "`")
                        .collect(Collectors.toSet()))
                .containsAll(MarkdownPage.of("src/docs/operations.md").rows("| Limit |").stream()
                        .map(row -> row.get(0))
                        .toList());
    }

    @Test
    void subscribers() {
        node.limits("subscribers: 100");
        List<Answer> answers = node.askAtOnce(600 * TIMES, i -> SmallNode.get("/stream/public.a"));
        assertThat(refused(answers, 429, "limits.subscribers: ")).isEqualTo(600 * TIMES - 99);
        assertThat(refusedStreams("subscribers")).isEqualTo(600 * TIMES - 99);
    }

    @Test
    void subscribersPerSubject() {
        node.limits("subscribersPerSubject: 10");
        String token = "Authorization: Bearer " + Tokens.of("greedy");
        List<Answer> answers = node.askAtOnce(300 * TIMES, i -> SmallNode.get("/stream/public.a", token));
        assertThat(refused(answers, 429, "limits.subscribersPerSubject: ")).isGreaterThanOrEqualTo(300 * TIMES - 10);
        assertThat(refusedStreams("subscribersPerSubject")).isPositive();
    }

    @Test
    void subscribersPerIp() {
        node.limits("subscribersPerIp: 10");
        List<Answer> answers = node.askAtOnce(300 * TIMES, i -> SmallNode.get("/stream/public.a"));
        assertThat(refused(answers, 429, "limits.subscribersPerIp: ")).isEqualTo(300 * TIMES - 10);
        assertThat(refusedStreams("subscribersPerIp")).isEqualTo(300 * TIMES - 10);
    }

    @Test
    void newChannelsPerIp() {
        node.limits("newChannelsPerIp: 20");
        List<Answer> answers = node.askAtOnce(300 * TIMES, i -> SmallNode.get("/stream/public.new" + i));
        // On a slow machine a minute may end meanwhile.
        assertThat(refused(answers, 429, "limits.newChannelsPerIp: ")).isGreaterThanOrEqualTo(300 * TIMES - 2 * 20);
        assertThat(refusedStreams("newChannelsPerIp")).isPositive();
    }

    @Test
    void connectRate() {
        node.limits("connectRate: 20");
        List<Answer> answers = node.askAtOnce(600 * TIMES, i -> SmallNode.get("/stream/public.a"));
        assertThat(refused(answers, 429, "limits.connectRate: ")).isPositive();
        assertThat(refusedStreams("connectRate")).isPositive();
        assertThat(answers).extracting(Answer::status).contains(200);
    }

    @Test
    void channelsPerStream() {
        String query =
                IntStream.range(0, 80).mapToObj(i -> "channel=public.c" + i).collect(Collectors.joining("&"));
        List<Answer> answers = node.ask(500 * TIMES, i -> SmallNode.get("/stream?" + query));
        assertThat(refused(answers, 400, "channel: 80 channels")).isEqualTo(500 * TIMES);
        assertThat(refusedRequests("bad-request")).isGreaterThanOrEqualTo(500 * TIMES);
    }

    @Test
    void channels() {
        node.limits("channels: 200, newChannelsPerIp: 0");
        // With a history that stays: an idle channel makes room, and on a slow machine there is always one.
        List<Answer> answers = node.ask(1_000 * TIMES, i -> publishKept("channel" + i, event("x")));
        assertThat(refused(answers, 429, "limits.channels: ")).isGreaterThan(500 * TIMES);
        assertThat(refusedEvents("channels")).isPositive();
        assertThat(answers).extracting(Answer::status).contains(201);
    }

    @Test
    void publishRate() {
        node.limits("publishRate: 20");
        List<Answer> answers = node.ask(600 * TIMES, i -> publish("a", event("x")));
        assertThat(refused(answers, 429, "limits.publishRate: ")).isPositive();
        assertThat(node.metric("sse_publishes_refused_total", Map.of("limit", "publishRate")))
                .isPositive();
    }

    @Test
    void eventsPerRequest() {
        String events = IntStream.range(0, 20_000).mapToObj(i -> event("x")).collect(Collectors.joining(",", "[", "]"));
        double before = refusedRequests("too-large");
        List<Answer> answers = node.ask(60 * TIMES, i -> publish("a", events));
        assertThat(refused(answers, 413, "limits.eventsPerRequest: ")).isEqualTo(60 * TIMES);
        assertThat(refusedRequests("too-large") - before).isEqualTo(60 * TIMES);
    }

    @Test
    void eventSize() {
        List<Answer> answers = node.ask(200 * TIMES, i -> publish("a", event("x".repeat(300_000))));
        assertThat(refused(answers, 413, "")).isEqualTo(200 * TIMES);
        assertThat(refusedEvents("too-large")).isEqualTo(200 * TIMES);
    }

    @Test
    void stalledBytes() {
        List<EventStreamReader> stalled = new ArrayList<>();
        try {
            IntStream.range(0, 100 * TIMES).forEach(i -> stalled.add(node.stalled("public.a?channel=public.b" + i)));
            // However fast the machine is: a stream counts as stalled only after some time.
            Eventually.holds("a stream that is cut", SmallNode.PATIENCE, () -> {
                node.publishLines("public.a", 1_000, j -> new JsonObject().put("data", "x".repeat(500)));
                return node.metric("sse_stalled_cut_total") > 0;
            });
            Bound.say(
                    "%.0f stalled streams, %.0f bytes",
                    node.metric("sse_subscribers_stalled"), node.metric("sse_stalled_bytes"));
            assertThat(node.metric("sse_stalled_bytes")).isLessThan(2 << 20);
            node.serves();
        } finally {
            stalled.forEach(EventStreamReader::reset);
        }
    }

    @Test
    void dedupBytes() {
        node.publishLines(
                "public.keys",
                40_000 * TIMES,
                i -> new JsonObject().put("data", "x").put("key", "key " + i));
        assertThat(node.metric("sse_dedup_forgotten_total")).isPositive();
        assertThat(node.metric("sse_dedup_bytes")).isLessThanOrEqualTo(1 << 20);
    }

    @Test
    void replays() {
        fillHistories(40, 60, 500);
        List<Answer> pages = node.askAtOnce(
                600 * TIMES, i -> SmallNode.get("/history/kept.full%d?limit=%d".formatted(i % 40, 60 - i / 40 % 20)));
        assertThat(refused(pages, 503, "")).isPositive();
        assertThat(node.metric("sse_history_pages_refused_total")).isPositive();
    }

    // They stay until they are read, however slow the machine is.
    private void fillHistories(int channels, int events, int bytes) {
        String array = IntStream.range(0, events)
                .mapToObj(i -> event("x".repeat(bytes)))
                .collect(Collectors.joining(",", "[", "]"));
        assertThat(node.ask(channels, i -> publishKept("full" + i, array)))
                .extracting(Answer::status)
                .containsOnly(200);
    }

    @Test
    @Order(Order.DEFAULT + 1)
    void historyBytes() {
        String channels = IntStream.range(1, USED_CHANNELS)
                .mapToObj(i -> "&channel=public.large" + i)
                .collect(Collectors.joining("", "/stream?channel=public.large0", ""));
        // Channels with subscribers are in use. Others would make room after ten seconds, and a slow machine needs
        // longer.
        try (EventStreamReader used = node.stream(channels)) {
            used.await("stream-open");
            List<Answer> answers =
                    node.ask(400 * TIMES, i -> publish("large" + i % USED_CHANNELS, event("x".repeat(60_000))));
            assertThat(refused(answers, 429, "limits.historyBytes: ")).isPositive();
        }
        assertThat(node.metric("sse_history_refused_total")).isPositive();
        assertThat(node.metric("sse_history_bytes")).isLessThanOrEqualTo(8 << 20);
    }

    @Test
    void headsAndTargets_thatAreTooLong() {
        for (int i = 0; i < 200 * TIMES; i++) {
            assertThat(node.send("GET /" + "a".repeat(100_000)).answer().status())
                    .isEqualTo(414);
            assertThat(node.send("GET / HTTP/1.1\r\nHost: x\r\n" + ("a: " + "b".repeat(4_000) + "\r\n").repeat(30))
                            .answer()
                            .status())
                    .isEqualTo(431);
        }
        assertThat(refusedRequests("target-too-long")).isEqualTo(200 * TIMES);
        assertThat(refusedRequests("header-too-large")).isEqualTo(200 * TIMES);
    }

    @Test
    void bodies_thatDoNotEnd() {
        double before = refusedRequests("too-many");
        String body = SmallNode.post("/publish/public.a", JSON, "Content-Length: 1000000") + "x".repeat(900_000);
        String line = SmallNode.post("/publish/public.a", "application/x-ndjson", "Transfer-Encoding: chunked")
                + Integer.toHexString(300_000) + "\r\n" + "x".repeat(300_000);
        for (int i = 0; i < 150 * TIMES; i++) {
            var unused = node.send(body);
            unused = node.send(line);
        }
        Eventually.see(
                "refused bodies", SmallNode.PATIENCE, () -> refusedRequests("too-many") - before, count -> count > 0);
    }

    @Test
    void compressedBodies_thatBecomeLarge() {
        byte[] json = Gzip.of(event("x".repeat(50 << 20)));
        byte[] lines = Gzip.of("\n".repeat(50 << 20));
        double before = refusedRequests("too-large");
        List<Answer> answers =
                node.ask(40 * TIMES, i -> SmallNode.post("/publish/public.a", JSON, json, "Content-Encoding: gzip"));
        assertThat(refused(answers, 413, "")).isEqualTo(40 * TIMES);
        for (int i = 0; i < 40 * TIMES; i++) {
            var unused = node.send(
                    SmallNode.post("/publish/public.a", "application/x-ndjson", lines, "Content-Encoding: gzip"));
        }
        Eventually.see(
                "refused bodies",
                SmallNode.PATIENCE,
                () -> refusedRequests("too-large") - before,
                count -> count == 80 * TIMES);
    }

    @Test
    void answers_thatAreNotRead() {
        fillHistories(8, 64, 8_000);
        String pages = IntStream.range(0, 8)
                .mapToObj(i -> SmallNode.get("/history/kept.full%d?limit=64".formatted(i)))
                .collect(Collectors.joining())
                .repeat(3);
        for (int i = 0; i < 60 * TIMES; i++) {
            var unused = node.send(pages);
        }
        Eventually.see(
                "cut or refused answers",
                SmallNode.PATIENCE,
                () -> node.metric("sse_responses_cut_total") + refusedRequests("unavailable"),
                count -> count > 0);
    }

    @Test
    @Order(Order.DEFAULT + 2)
    void questionsForPresence_whileANodeDoesNotAnswer() {
        try (TestNode other = node.join(cluster)) {
            double before = refusedRequests("too-many");
            other.freeze();
            List<Answer> answers = node.askAtOnce(600 * TIMES, i -> SmallNode.get("/presence/public.present" + i));
            other.thaw();
            // Their number depends on the machine: after two seconds without an answer there is room for other
            // questions.
            assertThat(answers.stream().filter(answer -> answer.status() == 429))
                    .isNotEmpty()
                    .allMatch(answer ->
                            answer.problem().getString("detail").startsWith("too many questions for presence"));
            assertThat(refusedRequests("too-many") - before).isPositive();
        }
    }

    @Test
    void questionsToAService_thatDoesNotAnswer() {
        double before = node.metric("sse_hooks_failed_total");
        List<Answer> answers = node.askAtOnce(1_500 * TIMES, i -> SmallNode.get("/stream/asked.a" + i));
        assertThat(answers).extracting(Answer::status).isSubsetOf(403, 503);
        assertThat(node.metric("sse_hooks_failed_total")).isGreaterThan(before);
    }
}
