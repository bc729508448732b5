package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Tokens;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Services that decide whether callers may subscribe, and that give snapshots, on the event bus and over HTTP. */
@Timeout(60)
class AuthorizeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String ALICE = token("alice");
    private static final String BOB = token("bob");

    private final Queue<Message<Object>> waiting = new ConcurrentLinkedQueue<>();
    private final Queue<String> posted = new ConcurrentLinkedQueue<>();
    private HttpServer service;
    private ServedNode node;
    private volatile int status = 200;
    private volatile String answer = "{\"allow\": true}";

    @BeforeEach
    void open() throws IOException {
        service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        service.createContext("/", exchange -> {
            posted.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.getResponseHeaders().add("Location", "/elsewhere");
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        service.start();
        node = ServedNode.of("""
                limits: {newChannelsPerIp: 0}
                channels:
                  - {channel: "rooms.{room}", subscribe: public, authorize: {address: rooms.admission, timeout: 10s}, presence: members}
                  - {channel: "soon.{room}", subscribe: public, authorize: {address: rooms.admission, timeout: 100ms}}
                  - {channel: "missing.{room}", subscribe: public, authorize: nobody.there}
                  - {channel: "web.{room}", subscribe: public, authorize: {url: "http://127.0.0.1:%1$d/a?key=1", timeout: 5s}}
                  - {channel: "state.{room}", subscribe: public, initial: {url: "http://127.0.0.1:%1$d/s", timeout: 5s}}
                  - {channel: "team.{room}", authorize: rooms.admission}
                  - {channel: "open.{room}", subscribe: public}
                """.formatted(service.getAddress().getPort()));
        node.vertx()
                .eventBus()
                .consumer("rooms.admission", waiting::add)
                .completion()
                .await();
    }

    @AfterEach
    void close() {
        node.close();
        service.stop(0);
    }

    private static String token(String subject) {
        return Tokens.mint(subject, List.of("**"), List.of(), new JsonObject().put("level", 1), Duration.ofDays(1));
    }

    private RawConnection get(String path, String token, String... headers) {
        RawConnection connection = RawConnection.open(node.port());
        String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        String authorization = token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n";
        connection.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + authorization + more + "\r\n");
        return connection;
    }

    private Message<Object> question() {
        return Eventually.see("a question", PATIENCE, waiting::poll, found -> found != null);
    }

    private static void await(RawConnection connection, String part) {
        String line = connection.line();
        while (!line.contains(part)) {
            line = connection.line();
        }
    }

    private static JsonObject allow(JsonObject properties) {
        return new JsonObject().put("allow", true).put("properties", properties);
    }

    @Test
    void aCallerThatTheServiceAllows_getsItsEvents_withThePropertiesOfTheService() {
        try (RawConnection alice = get("/stream/rooms.a", ALICE);
                RawConnection both = get("/stream?channel=rooms.a&channel=open.a", BOB)) {
            List<JsonObject> asked = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                Message<Object> question = question();
                JsonObject body = (JsonObject) question.body();
                asked.add(body);
                question.reply(allow(new JsonObject()
                        .put("role", body.getString("sub").equals("alice") ? "owner" : "guest")
                        .put("level", 2)));
            }
            assertThat(asked).allSatisfy(body -> {
                assertThat(body.getString("channel")).isEqualTo("rooms.a");
                assertThat(body.getJsonObject("properties")).isEqualTo(new JsonObject().put("level", 1));
            });
            assertThat(alice.answer().status()).isEqualTo(200);
            assertThat(both.answer().status()).isEqualTo(200);
            await(alice, "id: ");
            await(both, "id: ");
            node.publish("rooms.a", new JsonObject().put("role", "owner"), "for the owner");
            // The properties count on the channel of the service only.
            node.publish("open.a", new JsonObject().put("role", "guest"), "for a guest elsewhere");
            node.publish("open.a", new JsonObject().put("level", 1), "for level 1 elsewhere");
            node.publish("rooms.a", new JsonObject().put("level", 2), "for level 2");
            await(alice, "data: for the owner");
            await(alice, "data: for level 2");
            // Two channels have no common order.
            assertThat(List.of(nextData(both), nextData(both)))
                    .containsExactlyInAnyOrder("data: for level 1 elsewhere", "data: for level 2");
            try (RawConnection presence = get("/presence/rooms.a", ALICE)) {
                question().reply(allow(new JsonObject()));
                JsonObject body = new JsonObject(presence.answer().body());
                assertThat(body.getJsonArray("members").getJsonObject(0).getJsonObject("properties"))
                        .isEqualTo(new JsonObject().put("level", 2).put("role", "owner"));
            }
            try (RawConnection history = get("/history/rooms.a", BOB)) {
                question().reply(allow(new JsonObject().put("role", "owner")));
                assertThat(history.answer().body()).contains("for the owner").doesNotContain("for level 2");
            }
        }
    }

    private static String nextData(RawConnection connection) {
        String line = connection.line();
        while (!line.startsWith("data: ")) {
            line = connection.line();
        }
        return line;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/stream/rooms.a",
                "/stream?channel=open.a&channel=rooms.a",
                "/history/rooms.a",
                "/presence/rooms.a"
            })
    void aCallerThatTheServiceDenies_getsTheReason(String path) {
        try (RawConnection alice = get(path, ALICE)) {
            question().reply(new JsonObject().put("allow", false).put("reason", "the room is full"));
            RawConnection.Answer refused = alice.answer();
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.problem().getString("type")).isEqualTo("urn:sse-bridge:forbidden");
            assertThat(refused.problem().getString("detail")).isEqualTo("the room is full");
            assertThat(refused.problem().getString("channel")).isEqualTo("rooms.a");
        }
        try (RawConnection alice = get(path, ALICE)) {
            question().fail(403, "not you");
            assertThat(alice.answer().problem().getString("detail")).isEqualTo("not you");
        }
        assertThat(node.openStreams()).isZero();
    }

    private void assertUndecided(RawConnection connection) {
        RawConnection.Answer refused = connection.answer();
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.problem().getString("type")).isEqualTo("urn:sse-bridge:undecided");
        assertThat(refused.problem().getString("detail"))
                .isEqualTo("the service that decides about this channel gave no usable answer");
    }

    @Test
    void aServiceThatIsSlowOrMissing_denies_andReturningClientsComeBackLater() {
        for (String path : List.of("/stream/soon.a", "/stream/missing.a", "/history/missing.a")) {
            try (RawConnection connection = get(path, ALICE)) {
                assertUndecided(connection);
            }
            waiting.clear();
        }
        try (RawConnection returning = get("/stream/missing.a", ALICE, "Last-Event-ID: abc")) {
            RawConnection.Answer shed = returning.answer();
            assertThat(shed.status()).isEqualTo(200);
            assertThat(shed.body()).startsWith("retry: ");
        }
        assertThat(node.meters()
                        .get("sse.hooks.failed")
                        .tag("hook", "authorize")
                        .counter()
                        .count())
                .isEqualTo(4);
        Eventually.see("no stream", PATIENCE, node::openStreams, count -> count == 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[]",
                "{}",
                "{\"allow\": \"yes\"}",
                "{\"allow\": true, \"reason\": \"x\"}",
                "{\"allow\": true, \"propertys\": {}}",
                "{\"allow\": true, \"properties\": 1}",
                "{\"allow\": false, \"reason\": 1}",
                "not JSON",
                "",
            })
    void anAnswerThatIsWrong_denies(String wrong) {
        answer = wrong;
        try (RawConnection connection = get("/stream/web.a", ALICE)) {
            assertUndecided(connection);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 404, 500})
    void aStatusThatIsNotGood_denies_andNoRedirectIsFollowed(int other) {
        status = other;
        try (RawConnection connection = get("/stream/web.a", ALICE)) {
            assertUndecided(connection);
        }
        assertThat(posted).hasSize(1);
    }

    @Test
    void aServiceWithoutAJvm_answersOverHttp() {
        try (RawConnection connection = get("/stream/web.a", "")) {
            assertThat(connection.answer().status()).isEqualTo(200);
        }
        assertThat(new JsonObject(posted.remove()))
                .isEqualTo(
                        new JsonObject().put("channel", "web.a").putNull("sub").put("properties", new JsonObject()));
        answer = "{\"allow\": false, \"reason\": \"closed\"}";
        try (RawConnection connection = get("/stream/web.a", ALICE)) {
            assertThat(connection.answer().problem().getString("detail")).isEqualTo("closed");
        }
        status = 403;
        answer = "{\"reason\": \"no\"}";
        try (RawConnection connection = get("/stream/web.a", ALICE)) {
            assertThat(connection.answer().problem().getString("detail")).isEqualTo("no");
        }
        status = 200;
        answer = "[{\"event\": \"board\", \"data\": {\"score\": 3}}, {\"data\": \"end of state\"}]";
        try (RawConnection connection = get("/stream/state.a", "")) {
            assertThat(connection.answer().status()).isEqualTo(200);
            await(connection, "event: board");
            assertThat(connection.line()).isEqualTo("data: {\"score\":3}");
            await(connection, "data: end of state");
            assertThat(connection.line()).startsWith("id: ");
        }
    }

    @Test
    void theRule_isCheckedFirst_andCostsNoQuestion() {
        try (RawConnection connection = get("/stream/team.a", "")) {
            assertThat(connection.answer().status()).isEqualTo(401);
        }
        assertThat(waiting).isEmpty();
    }

    @Test
    void theSameQuestion_isAskedOnce_whileItIsInFlight() {
        List<RawConnection> open = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            open.add(get("/stream/rooms.a", ALICE));
        }
        Message<Object> question = question();
        // All requests have come when a later one of the same event loop has been answered.
        try (RawConnection later = get("/stream/team.a", "")) {
            assertThat(later.answer().status()).isEqualTo(401);
        }
        question.reply(allow(new JsonObject()));
        Eventually.see("all streams", PATIENCE, node::openStreams, count -> {
            Message<Object> more = waiting.poll();
            if (more != null) {
                more.reply(allow(new JsonObject()));
            }
            return count == 20;
        });
        open.forEach(RawConnection::close);
        assertThat(node.meters()
                        .get("sse.hooks.asked")
                        .tag("hook", "authorize")
                        .counter()
                        .count())
                .isLessThan(10);
    }

    @Test
    void questionsBeyondTheBound_areRefused_andLaterOnesAreAskedAgain() {
        int processors = Runtime.getRuntime().availableProcessors();
        int room = 11 * (1_000 / processors);
        StringBuilder requests = new StringBuilder();
        List<RawConnection> open = new ArrayList<>();
        for (int i = 0; i < room / 50 + 1; i++) {
            requests.setLength(0);
            for (int j = 0; j < 50; j++) {
                requests.append(j == 0 ? "GET /stream?channel=" : "&channel=")
                        .append("rooms.")
                        .append(i)
                        .append('-')
                        .append(j);
            }
            open.add(RawConnection.open(node.port()).send(requests + " HTTP/1.1\r\nHost: x\r\n\r\n"));
        }
        // Not always the last one: the node reads the connections in its own order.
        RawConnection.Answer refused = Eventually.see(
                        "an answer",
                        PATIENCE,
                        () -> open.stream().filter(RawConnection::hasAnswer).findFirst(),
                        Optional::isPresent)
                .orElseThrow()
                .answer();
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.problem().getString("detail")).startsWith("too many questions wait");
        assertThat(waiting).hasSizeLessThanOrEqualTo(1_000 / processors);
        // Another service has a bound of its own.
        try (RawConnection other = get("/stream/web.a", "")) {
            assertThat(other.answer().status()).isEqualTo(200);
        }
        open.forEach(RawConnection::close);
        // Until then it is refused, or waits for the questions before it.
        Eventually.see("the service's answer to a later question", PATIENCE, this::laterStatus, later -> later == 403);
    }

    private int laterStatus() {
        try (RawConnection later = get("/stream/rooms.later", ALICE)) {
            Eventually.holds("an answer", PATIENCE, () -> {
                for (Message<Object> next = waiting.poll(); next != null; next = waiting.poll()) {
                    next.reply(new JsonObject().put("allow", false));
                }
                return later.hasAnswer();
            });
            return later.answer().status();
        }
    }

    @Test
    void aChannelWithTheAddressOfAService_isRefused() {
        ServedNode other = ServedNode.of("""
                channels: [{channel: "jobs.{id}", subscribe: public, initial: jobs.snapshot}]
                """);
        try (RawConnection connection = RawConnection.open(other.port())) {
            RawConnection.Answer refused = connection
                    .send("GET /stream/jobs.snapshot HTTP/1.1\r\nHost: x\r\n\r\n")
                    .answer();
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.problem().getString("detail"))
                    .isEqualTo(
                            "channel \"jobs.snapshot\": its address jobs.snapshot is the address of a service (expected: another channel)");
        } finally {
            other.close();
        }
    }
}
