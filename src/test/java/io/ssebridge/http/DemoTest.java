package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the page of the demo can do, on one node. */
@Timeout(60)
class DemoTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ServedNode node = ServedNode.demo(configuration());

    @BeforeEach
    void setTheTime() {
        // Tokens get the time of the machine.
        node.clock().stepWallClock(Duration.between(node.clock().instant(), Instant.now()));
    }

    @AfterEach
    void close() {
        node.close();
    }

    /** The configuration of demo mode, on any port and with a key. */
    private static String configuration() {
        try {
            return Files.readString(Path.of("src/main/resources/io/ssebridge/cli/demo.yaml"))
                    .replace("{host: 127.0.0.1}", "{host: 127.0.0.1, port: 0}")
                    .replace("auth: {", "auth: {jwt: {secret: \"" + NodeSetup.SECRET + "\"}, ");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @CanIgnoreReturnValue
    private RawConnection.Answer post(String path, String body, String... headers) {
        return RawConnection.ask(
                node.port(),
                "POST " + path + " HTTP/1.1",
                "Host: localhost",
                "Content-Type: application/json",
                headers.length == 0 ? "X: y" : String.join("\r\n", headers),
                "Content-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private JsonObject describe() {
        return RawConnection.ask(node.port(), "GET /demo HTTP/1.1", "Host: localhost")
                .problem();
    }

    private EventStreamReader open(String target) {
        EventStreamReader reader = EventStreamReader.open(URI.create("http://127.0.0.1:" + node.port() + target));
        ReceivedEvent unused = reader.await("stream-open");
        return reader;
    }

    @Test
    void aNode_saysItsNameAndItsPort() {
        JsonObject demo = Eventually.see(
                "a name",
                PATIENCE,
                this::describe,
                json -> json.getJsonArray("nodes").size() == 1);

        assertThat(demo.getJsonObject("node").getString("name")).isEqualTo("A");
        assertThat(demo.getJsonObject("node").getInteger("port")).isEqualTo(node.port());
        assertThat(demo.getJsonArray("nodes").getJsonObject(0)).isEqualTo(demo.getJsonObject("node"));
        try (EventStreamReader reader = open("/stream/sse")) {
            assertThat(new JsonObject(reader.events("stream-open").get(0).data()).getString("node"))
                    .isEqualTo(demo.getJsonObject("node").getString("id"));
        }
    }

    @Test
    void aMatch_runsOnce_withAllItsBalls() {
        try (EventStreamReader reader = open("/stream/scores.demo")) {
            RawConnection.Answer started = post("/demo/match", "");
            assertThat(started.status()).isEqualTo(202);
            int balls = new JsonObject(started.body()).getInteger("balls");
            assertThat(describe().getBoolean("match")).isTrue();
            assertThat(post("/demo/match", "").status()).isEqualTo(409);

            node.clock().pass(Duration.ofMinutes(2));

            List<ReceivedEvent> events = reader.awaitCount("ball", balls, PATIENCE);
            assertThat(events).hasSize(balls);
            assertThat(new JsonObject(events.get(0).data()).getString("over")).isEqualTo("0.1");
            assertThat(new JsonObject(events.get(balls - 1).data()).getString("score"))
                    .matches("\\d+/\\d+");
        }
    }

    @Test
    void aJob_isEndedByTheWebhookOfAnotherService() {
        RawConnection.Answer started = post("/demo/jobs", "{}");
        assertThat(started.status()).isEqualTo(202);
        JsonObject job = new JsonObject(started.body());
        assertThat(started.all("Location")).containsExactly("../" + job.getString("stream"));
        assertThat(describe().getInteger("running")).isEqualTo(1);
        try (EventStreamReader reader = open("/" + job.getString("stream") + "?last=100")) {
            reader.awaitCount("log", 1, PATIENCE);
            assertThat(reader.events("log")).hasSize(1);

            node.clock().pass(Duration.ofMinutes(1));

            reader.awaitEnd(PATIENCE);
            assertThat(reader.events("log")).hasSize(10);
            assertThat(reader.events("progress")).hasSize(10);
            JsonObject result = new JsonObject(reader.events("done").get(0).data());
            assertThat(result.getString("status")).isEqualTo("finished");
            assertThat(RawConnection.ask(
                                    node.port(), "GET /" + result.getString("result") + " HTTP/1.1", "Host: localhost")
                            .problem()
                            .getJsonArray("events"))
                    .hasSize(21);
            assertThat(reader.events("stream-end")).hasSize(1);
        }
        Eventually.holds("no job", PATIENCE, () -> describe().getInteger("running") == 0);
    }

    @Test
    void aRun_saysItsAnswerWordByWord_andEnds() {
        JsonObject run =
                new JsonObject(post("/demo/runs", "{\"question\": \"why?\"}").body());
        try (EventStreamReader reader = open("/" + run.getString("stream") + "?last=500")) {
            node.clock().pass(Duration.ofSeconds(2));
            reader.awaitCount("word", 9, PATIENCE);
            assertThat(reader.events("done")).isEmpty();
            node.clock().pass(Duration.ofMinutes(1));

            reader.awaitEnd(PATIENCE);
            assertThat(new JsonObject(reader.events("question").get(0).data()).getString("text"))
                    .isEqualTo("why?");
            List<JsonObject> words = reader.events("word").stream()
                    .map(event -> new JsonObject(event.data()))
                    .toList();
            assertThat(words)
                    .extracting(word -> word.getInteger("n"))
                    .containsExactlyElementsOf(
                            IntStream.range(0, words.size()).boxed().toList());
            assertThat(String.join(
                            "",
                            words.stream().map(word -> word.getString("text")).toList()))
                    .startsWith("Each word of this answer ")
                    .endsWith(".");
            assertThat(reader.events("done")).hasSize(1);
        }
    }

    @Test
    void moreScenesThanTheLimit_areRefused_untilOthersAreOver() {
        for (int i = 0; i < 20; i++) {
            assertThat(post("/demo/runs", "").status()).isEqualTo(202);
        }
        assertThat(post("/demo/jobs", "").status()).isEqualTo(429);

        node.clock().pass(Duration.ofMinutes(1));

        Eventually.holds("room", PATIENCE, () -> post("/demo/jobs", "").status() == 202);
    }

    @Test
    void aClock_ticksOnlyWhileSomebodyLooks() {
        assertThat(describe().getJsonArray("clocks")).isEmpty();
        try (EventStreamReader reader = open("/stream/clocks.Asia%2FTokyo")) {
            assertThat(new JsonObject(reader.await("message").data()).getString("time"))
                    .endsWith("[Asia/Tokyo]");
            assertThat(describe().getJsonArray("clocks")).isEqualTo(JsonArray.of("clocks.Asia/Tokyo"));
        }
        Eventually.holds("no clock", Duration.ofSeconds(5), () -> {
            node.clock().pass(Duration.ofSeconds(1));
            return describe().getJsonArray("clocks").isEmpty();
        });
    }

    @Test
    void aFlood_isComplete_andInOrder() {
        try (EventStreamReader reader = open("/stream/flooded")) {
            assertThat(post("/demo/flood", "{\"channel\": \"flooded\", \"events\": 300}")
                            .status())
                    .isEqualTo(202);

            List<ReceivedEvent> events = reader.awaitCount("flood", 300, PATIENCE);

            assertThat(events)
                    .extracting(event -> new JsonObject(event.data()).getInteger("n"))
                    .containsExactlyElementsOf(
                            IntStream.rangeClosed(1, 300).boxed().toList());
        }
        Eventually.holds(
                "the end",
                PATIENCE,
                () -> post("/demo/flood", "{\"channel\": \"flooded\", \"events\": 1000}")
                                .status()
                        == 202);
        assertThat(post("/demo/flood", "{\"channel\": \"flooded\"}").status()).isEqualTo(429);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /demo/flood | {}                                       | 400
            /demo/flood | {"channel": "a", "events": 0}            | 400
            /demo/flood | {"channel": "a", "events": 1001}         | 400
            /demo/flood | {"channel": "a", "events": "x"}          | 400
            /demo/flood | {"channel": ""}                          | 400
            /demo/flood | {"channel": "scores.demo"}               | 403
            /demo/flood | {"channel": "rooms.a.presence"}          | 403
            /demo/runs  | {"question": 1}                          | 400
            /demo/runs  | [                                        | 400
            /demo/token | {"sub": "a", "properties": {"x": {}}}    | 400
            /demo/token | {"sub": "a", "properties": []}           | 400
            /demo/token | {"sub": "a", "expiresIn": 9}             | 400
            /demo/token | {"sub": "a", "expiresIn": 43201}         | 400
            /demo/token | {"sub": ""}                              | 400
            """)
    void aWrongBody_isRefused(String path, String body, int status) {
        assertThat(post(path, body).status()).isEqualTo(status);
    }

    @Test
    void aTokenOfAVisitor_opensStreams_alsoInTheQuery() {
        RawConnection.Answer answer =
                post("/demo/token", "{\"sub\": \"alice\", \"properties\": {\"role\": \"admin\"}, \"expiresIn\": 3600}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.all("Set-Cookie")).isEmpty();
        JsonObject token = new JsonObject(answer.body());
        assertThat(token.getString("sub")).isEqualTo("alice");
        try (EventStreamReader admin = open("/stream/personal?access_token=" + token.getString("token"));
                EventStreamReader guest = open("/stream/personal")) {
            assertThat(new JsonObject(admin.events("stream-open").get(0).data()).getString("expires"))
                    .isEqualTo(token.getString("expires"));
            post("/publish/personal", "{\"data\": \"for admins\", \"to\": {\"role\": \"admin\"}}");
            post("/publish/personal", "{\"data\": \"for all\"}");

            assertThat(admin.awaitCount("message", 2, PATIENCE))
                    .extracting(ReceivedEvent::data)
                    .containsExactly("for admins", "for all");
            assertThat(guest.await("message").data()).isEqualTo("for all");
        }
    }

    @Test
    void theOnlyNode_isNotStopped() {
        RawConnection.Answer answer = post("/demo/stop", "");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.problem().getString("type")).isEqualTo("urn:sse-bridge:conflict");
        assertThat(describe().getJsonObject("node")).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"session", "token", "stop", "flood", "match", "jobs", "runs"})
    void aForeignPage_mayDoNothing(String path) {
        assertThat(post("/demo/" + path, "{\"sub\": \"a\"}", "Origin: https://evil.example")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void thePage_mayUseTheOtherNodesOfThisMachine() {
        RawConnection.Answer page = RawConnection.ask(node.port(), "GET / HTTP/1.1", "Host: localhost");

        assertThat(page.all("Content-Security-Policy"))
                .singleElement()
                .asString()
                .contains("connect-src 'self' http://localhost:* http://127.0.0.1:*;");
        RawConnection.Answer preflight = RawConnection.ask(
                node.port(),
                "OPTIONS /demo/stop HTTP/1.1",
                "Host: localhost",
                "Origin: http://localhost:8080",
                "Access-Control-Request-Method: POST");
        assertThat(preflight.all("Access-Control-Allow-Origin")).containsExactly("http://localhost:8080");
    }

    @Test
    void outsideDemoMode_nothingOfThisExists() {
        try (ServedNode other = ServedNode.of("channels: [{channel: a, subscribe: public, publish: public}]")) {
            for (String path : List.of("session", "token", "stop", "flood", "match", "jobs", "runs")) {
                assertThat(RawConnection.ask(
                                        other.port(),
                                        "POST /demo/" + path + " HTTP/1.1",
                                        "Host: localhost",
                                        "Content-Length: 0")
                                .status())
                        .as(path)
                        .isEqualTo(404);
            }
            assertThat(RawConnection.ask(other.port(), "GET /demo HTTP/1.1", "Host: localhost")
                            .status())
                    .isEqualTo(404);
            assertThat(RawConnection.ask(other.port(), "GET / HTTP/1.1", "Host: localhost")
                            .all("Content-Security-Policy"))
                    .singleElement()
                    .asString()
                    .contains("connect-src 'self';");
        }
    }
}
