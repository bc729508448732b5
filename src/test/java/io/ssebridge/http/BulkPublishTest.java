package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Gzip;
import io.ssebridge.testing.TestCertificate;
import io.ssebridge.testing.Tokens;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Publish requests with a line for each event. */
@Timeout(180)
class BulkPublishTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration TOO_LONG = Duration.ofSeconds(31);
    private static final String CONFIG = """
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public, history: {size: 10000, ttl: 1h}}
              - {channel: "team.{name}"}
            """;

    @TempDir
    private Path directory;

    private ServedNode node = ServedNode.of(CONFIG);
    private final List<RawConnection> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(RawConnection::close);
        awaitRequests(0);
        node.close();
    }

    private void serve(String yaml) {
        node.close();
        node = ServedNode.of(yaml);
    }

    private void awaitRequests(int count) {
        Eventually.see(
                "requests in progress",
                PATIENCE,
                () -> (int) node.meters().get("sse.publishes.bulk").gauge().value(),
                some -> some == count);
    }

    /** Lets time pass, and again if something happened meanwhile. */
    private void passUntilRequestsEnd() {
        Eventually.holds("an end", PATIENCE, () -> {
            node.clock().pass(TOO_LONG);
            return node.meters().get("sse.publishes.bulk").gauge().value() == 0;
        });
    }

    /** A request with a chunked body. */
    private RawConnection begin(String target, String... headers) {
        RawConnection connection = RawConnection.open(node.port());
        open.add(connection);
        connection.send("POST /publish/" + target + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                + "Transfer-Encoding: chunked\r\n"
                + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n") + "\r\n");
        return connection;
    }

    private static String chunk(String text) {
        return chunk(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String chunk(byte[] bytes) {
        return Integer.toHexString(bytes.length) + "\r\n" + new String(bytes, StandardCharsets.ISO_8859_1) + "\r\n";
    }

    private static String event(Object data) {
        return new JsonObject().put("data", data).encode() + "\n";
    }

    private static String events(int from, int to) {
        StringBuilder lines = new StringBuilder();
        IntStream.range(from, to).forEach(i -> lines.append(event(i)));
        return lines.toString();
    }

    private List<String> history(String channel) {
        return RawConnection.ask(node.port(), "GET /history/" + channel + "?limit=1000 HTTP/1.1", "Host: x")
                .problem()
                .getJsonArray("events")
                .stream()
                .map(event -> ((JsonObject) event).getString("data"))
                .toList();
    }

    @Test
    void eachLineIsAnEvent_withAnAnswerInItsPlace() {
        String tooLong = "{\"data\": \"" + "x".repeat(65_537) + "\"}\n";
        String farTooLong = "{\"data\": \"" + "x".repeat(500_000) + "\"}\n";
        RawConnection connection = begin("public.a")
                .send(
                        chunk(
                                "{\"data\": \"a\", \"key\": \"k\"}\n\n{\"data\": \"b\"\n" + tooLong + farTooLong
                                        + "{\"event\": \"e\", \"data\": [1]}\r\n[]\n{\"data\": \"a\", \"key\": \"k\"}\n{\"data\": \"last\"}"))
                .send("0\r\n\r\n");
        AnswerLines lines = new AnswerLines(connection);

        JsonObject first = lines.next();
        assertThat(first.getInteger("status")).isEqualTo(201);
        assertThat(first.getString("channel")).isEqualTo("public.a");
        assertThat(lines.next().getString("detail")).startsWith("body: malformed JSON");
        assertThat(lines.statuses(5)).containsExactly(413, 413, 201, 400, 200);
        JsonObject last = lines.next();
        assertThat(last.getLong("sequence")).isEqualTo(first.getLong("sequence") + 2);
        assertThat(last.getString("id")).isNotEmpty();
        assertThat(lines.hasEnded()).isTrue();
        assertThat(history("public.a")).containsExactly("a", "[1]", "last");

        // The connection takes the next request.
        connection.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(connection.answer().status()).isEqualTo(200);
        awaitRequests(0);
    }

    @Test
    void aClientMayReadEachAnswerBeforeItSendsTheNextLine() {
        RawConnection connection = begin("public.a");
        AnswerLines lines = new AnswerLines(connection);
        awaitRequests(1);
        for (int i = 0; i < 3; i++) {
            connection.send(chunk("{\"data\": ")).send(chunk(i + "}\n"));
            assertThat(lines.next().getInteger("status")).isEqualTo(201);
        }
        connection.send("0\r\n\r\n");
        assertThat(lines.hasEnded()).isTrue();
        assertThat(history("public.a")).containsExactly("0", "1", "2");
    }

    @Test
    void thousandsOfLines_areAnsweredInOrder_onEachChannel() {
        int count = 5_000;
        RawConnection connection = begin("public.a?channel=public.b");
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < count; i += 500) {
                // Wrong lines need no acknowledgement.
                connection.send(chunk(events(i, i + 400) + "wrong\n".repeat(100)));
            }
            connection.send("0\r\n\r\n");
        });
        AnswerLines lines = new AnswerLines(connection);
        long next = -1;
        for (int i = 0; i < count; i++) {
            for (String channel : List.of("public.a", "public.b")) {
                JsonObject answer = lines.next();
                assertThat(answer.getString("channel")).isEqualTo(channel);
                assertThat(answer.getInteger("status")).isEqualTo(i % 500 < 400 ? 201 : 400);
                if (i % 500 < 400) {
                    next = next < 0 ? answer.getLong("sequence") : next;
                    assertThat(answer.getLong("sequence")).isEqualTo(next);
                }
            }
            next += i % 500 < 400 ? 1 : 0;
        }
        assertThat(lines.hasEnded()).isTrue();
        sending.join();
        JsonObject history = RawConnection.ask(
                        node.port(), "GET /history/public.b?last=800&limit=1000 HTTP/1.1", "Host: x")
                .problem();
        assertThat(history.getJsonArray("events").stream().map(event -> ((JsonObject) event).getString("data")))
                .containsExactlyElementsOf(IntStream.range(4_000, 5_000)
                        .filter(i -> i % 500 < 400)
                        .mapToObj(Integer::toString)
                        .toList());
    }

    @Test
    void aClientThatDoesNotReadItsAnswers_isNotReadEither_andEndsAfterAWhile() {
        RawConnection connection = begin("public.a");
        CompletableFuture<Boolean> taken = CompletableFuture.supplyAsync(() -> {
            // More than all sockets in between take.
            String many = chunk(events(0, 1_000));
            for (int i = 0; i < 20_000; i++) {
                if (!connection.takes(many)) {
                    return false;
                }
            }
            return true;
        });
        long[] before = {-1};
        Eventually.see("a pause", PATIENCE.multipliedBy(3), () -> published(before), twice -> twice);
        assertThat(taken).isNotDone();
        awaitRequests(1);
        passUntilRequestsEnd();
        assertThat(taken.join()).isFalse();
    }

    /** Whether events were published, and none since the last call. */
    private boolean published(long[] before) {
        JsonObject newest = RawConnection.ask(node.port(), "GET /history/public.a?last=1 HTTP/1.1", "Host: x")
                .problem();
        long sequence = newest.getJsonArray("events").isEmpty()
                ? -1
                : newest.getJsonArray("events").getJsonObject(0).getLong("sequence");
        boolean same = sequence > 0 && sequence == before[0];
        before[0] = sequence;
        return same;
    }

    @Test
    void aClientThatStopsWithinALine_getsAnAnswer_andTheConnectionEnds() {
        RawConnection connection = begin("public.a").send(chunk(event(1) + "{\"data\""));
        AnswerLines lines = new AnswerLines(connection);
        assertThat(lines.next().getInteger("status")).isEqualTo(201);
        passUntilRequestsEnd();

        JsonObject last = lines.next();
        assertThat(last.getString("type")).isEqualTo("urn:sse-bridge:timeout");
        assertThat(last.containsKey("channel")).isFalse();
        assertThat(lines.hasEnded()).isTrue();
        assertThat(connection.isEnded()).isTrue();
    }

    @Test
    void aBodyThatIsCutOff_leavesNothing() {
        RawConnection connection = begin("public.a", "Content-Encoding: gzip");
        byte[] body = Gzip.of(events(0, 1_000) + Gzip.noise(10_000));
        connection.send(chunk(Arrays.copyOf(body, body.length - 20)));
        assertThat(new AnswerLines(connection).statuses(900)).containsOnly(201);
        awaitRequests(1);
        connection.reset();

        awaitRequests(0);
        RawConnection malformed = begin("public.a").send(chunk(event(1)));
        AnswerLines lines = new AnswerLines(malformed);
        assertThat(lines.statuses(1)).containsExactly(201);
        malformed.send("no chunk\r\n");
        assertThat(lines.statuses(1)).containsExactly(400);
        assertThat(lines.hasEnded()).isTrue();
        assertThat(malformed.isEnded()).isTrue();
    }

    @Test
    void beyondTheRateOfACaller_linesWait() {
        serve("limits: {publishRate: 5}\n" + CONFIG);
        RawConnection connection = begin("public.a").send(chunk(events(0, 12))).send("0\r\n\r\n");
        AnswerLines lines = new AnswerLines(connection);
        assertThat(lines.statuses(5)).containsOnly(201);
        assertThat(connection.hasAnswer()).isFalse();
        for (int i = 5; i < 12; i++) {
            assertThat(history("public.a")).hasSize(i);
            node.clock().pass(Duration.ofMillis(201));
            assertThat(lines.statuses(1)).containsOnly(201);
        }
        assertThat(lines.hasEnded()).isTrue();
    }

    @Test
    void farBeyondTheRateOfACaller_linesAreRefused() {
        serve("limits: {publishRate: 5}\n" + CONFIG);
        RawConnection connection = begin("public.a");
        AnswerLines lines = new AnswerLines(connection);
        String array = "[" + String.join(",", events(0, 200).split("\n", -1)).replaceFirst(",$", "]");
        RawConnection.Answer other = RawConnection.ask(
                node.port(),
                "POST /publish/public.b HTTP/1.1",
                "Host: x",
                "Content-Type: application/json",
                "Content-Length: " + array.length(),
                "",
                array);
        assertThat(other.status()).isEqualTo(200);

        connection.send(chunk(events(0, 2))).send("0\r\n\r\n");
        assertThat(lines.statuses(2)).containsOnly(429);
        assertThat(lines.hasEnded()).isTrue();
    }

    /** Otherwise each of any number of requests would keep what it has read, up to 64 KB of lines, for half a minute. */
    @Test
    void theMemoryOfLinesThatWaitForRoom_isThatOfBodies() {
        List<Promise<Void>> appends = new ArrayList<>();
        String line = event("x".repeat(16_000));
        byte[] many = Gzip.of(line.repeat(34));
        byte[] some = Gzip.of(line.repeat(4));
        for (int i = 0; i < 150; i++) {
            appends.add(node.history().holdNextAppend());
            begin("public.a" + i, "Content-Encoding: gzip").send(chunk(many));
        }
        Eventually.holds("a publisher without room", PATIENCE, () -> !node.hasRoom(4 * 32_000));

        // Their lines are more than the share of an event loop for bodies.
        int waiting = Math.max(100, 500 / Runtime.getRuntime().availableProcessors());
        for (int i = 0; i < waiting; i++) {
            appends.add(node.history().holdNextAppend());
            begin("public.b" + i, "Content-Encoding: gzip").send(chunk(some));
        }
        Eventually.holds("a refused request", PATIENCE, () -> refusedRequests() > 0);
        assertThat(node.meters()
                        .get("sse.events.refused")
                        .tag("reason", "in-flight")
                        .counter()
                        .count())
                .isZero();
        appends.forEach(Promise::complete);
        open.forEach(connection -> connection.send("0\r\n\r\n"));
        awaitRequests(0);
    }

    private double refusedRequests() {
        return node.meters().find("sse.http.refused").tag("type", "too-many").counters().stream()
                .mapToDouble(Counter::count)
                .sum();
    }

    @Test
    void aTokenThatExpires_endsTheRequest() {
        String bearer = "Authorization: Bearer " + Tokens.mint("alice", List.of(), List.of("team.*"));
        RawConnection connection = begin("team.a", bearer).send(chunk(event(1)));
        AnswerLines lines = new AnswerLines(connection);
        assertThat(lines.statuses(1)).containsExactly(201);
        node.clock()
                .pass(Duration.between(node.clock().instant(), Instant.now()).plusHours(2));
        connection.send(chunk(event(2)));

        assertThat(lines.next().getString("type")).isEqualTo("urn:sse-bridge:bad-token");
        assertThat(lines.hasEnded()).isTrue();
    }

    @Test
    void aRequestThatMayNotPublish_isRefusedAsAWhole() {
        assertThat(begin("team.a").status()).isEqualTo(401);
        assertThat(begin("team.a", "Authorization: Bearer " + Tokens.of("bob")).status())
                .isEqualTo(403);
        assertThat(begin("none").status()).isEqualTo(404);
        assertThat(begin("public.a?raw=true").status()).isEqualTo(415);
        assertThat(begin("public.a?key=k").status()).isEqualTo(400);
        assertThat(begin("public.a", "Idempotency-Key: k").status()).isEqualTo(400);
        assertThat(begin("public.a", "Content-Encoding: br").status()).isEqualTo(415);
    }

    @Test
    void aCompressedBody_isReadToItsEnd_andOneThatIsBrokenAsFarAsItGoes() {
        byte[] body = Gzip.of(events(0, 300));
        RawConnection whole = begin("public.a", "Content-Encoding: gzip").send(chunk(body) + "0\r\n\r\n");
        AnswerLines lines = new AnswerLines(whole);
        assertThat(lines.statuses(300)).containsOnly(201);
        assertThat(lines.hasEnded()).isTrue();

        RawConnection cut = begin("public.b", "Content-Encoding: gzip")
                .send(chunk(Arrays.copyOf(body, body.length - 1)) + "0\r\n\r\n");
        AnswerLines first = new AnswerLines(cut);
        assertThat(first.statuses(300)).containsOnly(201);
        assertThat(first.next().getString("detail")).contains("gzip");
        assertThat(first.hasEnded()).isTrue();
    }

    @Test
    void aSmallBodyOfEmptyLines_isRefused_andDelaysNoOther() {
        RawConnection bomb = begin("public.a", "Content-Encoding: gzip")
                .send(chunk(Gzip.of(event(1) + "\n".repeat(100 << 20))) + "0\r\n\r\n");
        AnswerLines lines = new AnswerLines(bomb);
        assertThat(lines.statuses(2)).containsExactly(201, 413);
        assertThat(lines.hasEnded()).isTrue();
    }

    @Test
    void aNodeThatStops_answersTheLinesThatItHasRead_andSaysSo() throws Exception {
        RawConnection connection = begin("public.a").send(chunk(events(0, 100)));
        AnswerLines lines = new AnswerLines(connection);
        assertThat(lines.statuses(100)).containsOnly(201);
        CompletableFuture<Void> stopped = CompletableFuture.runAsync(() -> {
            try {
                node.stop(PATIENCE);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });

        assertThat(lines.next().getString("type")).isEqualTo("urn:sse-bridge:unavailable");
        assertThat(lines.hasEnded()).isTrue();
        connection.send("0\r\n\r\n");
        stopped.join();
    }

    @Test
    void overHttp2_oneRequestOfManyLines_stopsNoOther() {
        TestCertificate certificate = TestCertificate.selfSigned("bridge");
        certificate.write(directory);
        node.close();
        node = ServedNode.of(
                CONFIG,
                "tls: {cert: \"%s\", key: \"%s\"}"
                        .formatted(directory.resolve("cert.pem"), directory.resolve("key.pem")));
        // Streams with a window of 1 kB, which the client does not enlarge.
        try (RawHttp2 connection = RawHttp2.open(
                node.port(), certificate.trusted(), RawHttp2.setting(RawHttp2.INITIAL_WINDOW_SIZE, 1_000))) {
            int stalled = connection.ask("POST", "/publish/public.a", false, "content-type: application/x-ndjson");
            assertThat(connection.status(stalled)).isEqualTo(200);
            byte[] lines = events(1_000, 1_500).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < 4; i++) {
                connection.send(RawHttp2.DATA, 0, stalled, lines);
            }
            int other = connection.ask("POST", "/publish/public.b", false, "content-type: application/x-ndjson");
            connection.send(
                    RawHttp2.DATA, RawHttp2.END_STREAM, other, events(0, 3).getBytes(StandardCharsets.UTF_8));
            assertThat(connection.whole(other).lines()).hasSize(3);
            assertThat(connection.text(stalled)).hasSizeLessThanOrEqualTo(1_000);
            awaitRequests(1);
            passUntilRequestsEnd();
            assertThat(connection.resetCode(stalled)).isNotNegative();
        }
    }
}
