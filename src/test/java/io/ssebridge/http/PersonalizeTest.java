package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Tokens;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Personalised channels over real connections, with a service on the event bus. */
@Timeout(60)
class PersonalizeTest {
    private static final String GOLD = token("alice", "gold");
    private static final String SILVER = token("bob", "silver");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final ServedNode node = ServedNode.of("""
            channels:
              - {channel: "prices.{name}", subscribe: public, publish: public, personalize: {by: [tier], address: tiers, timeout: 300ms}}
              - {channel: "plain.{name}", subscribe: public, publish: public, personalize: {by: [tier], address: nowhere, onFailure: plain}}
              - {channel: "own.{name}", subscribe: public, publish: public, personalize: {by: [sub], address: tiers}}
              - {channel: "**", subscribe: public, publish: public}
            """);
    private final Queue<JsonObject> questions = new ConcurrentLinkedQueue<>();

    @AfterEach
    void close() {
        node.close();
    }

    private static String token(String subject, String tier) {
        return Tokens.mint(
                subject, List.of("**"), List.of("**"), new JsonObject().put("tier", tier), Duration.ofDays(1));
    }

    /** Starts the service: what it answers is the data of the event with {@code tier}, or as the data says. */
    private void serve() {
        node.vertx()
                .eventBus()
                .<JsonObject>consumer("tiers", this::answer)
                .completion()
                .await();
    }

    private void answer(Message<JsonObject> message) {
        JsonObject question = message.body();
        questions.add(question);
        JsonObject properties = question.getJsonObject("properties");
        String who = properties.getString("tier", properties.getString("sub", "none"));
        String data = question.getString("data");
        switch (data) {
            case "nothing" -> message.reply(null);
            case "empty" -> message.reply(new JsonObject());
            case "null" -> message.reply(new JsonObject().putNull("data"));
            case "text" -> message.reply("text for " + who);
            case "json" -> message.reply(new JsonObject().put("data", new JsonObject().put("for", who)));
            case "list" -> message.reply(new JsonArray().add(1));
            case "key" -> message.reply(new JsonObject().put("dat", 1));
            case "large" -> message.reply(new JsonObject().put("data", "x".repeat(1 << 17)));
            case "lines" -> message.reply("a\r\nid: b\rc");
            case "fail" -> message.fail(5, "no");
            case "silence" -> {}
            default -> message.reply(new JsonObject().put("data", data + " for " + who));
        }
    }

    private RawConnection open(String path, String token) {
        RawConnection connection = RawConnection.open(node.port());
        connection.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n");
        assertThat(connection.answer().status()).isEqualTo(200);
        return connection;
    }

    @CanIgnoreReturnValue
    private static String subscriber(RawConnection connection) {
        return new JsonObject(data(connection)).getString("subscriber");
    }

    private static String data(RawConnection connection) {
        String line = connection.line();
        while (!line.startsWith("data: ")) {
            line = connection.line();
        }
        return line.substring("data: ".length());
    }

    private static List<String> data(RawConnection connection, int count) {
        List<String> all = new ArrayList<>();
        while (all.size() < count) {
            all.add(data(connection));
        }
        return all;
    }

    private void publish(String channel, String... texts) {
        for (String text : texts) {
            node.publish(channel, text);
        }
    }

    private JsonObject get(String path, String token) {
        RawConnection.Answer answer = RawConnection.ask(
                node.port(), "GET " + path + " HTTP/1.1", "Host: x", "Authorization: Bearer " + token);
        assertThat(answer.status()).isEqualTo(200);
        return new JsonObject(answer.body());
    }

    private List<String> history(String path, String token) {
        return get(path, token).getJsonArray("events").stream()
                .map(event -> ((JsonObject) event).getString("data"))
                .toList();
    }

    @Test
    void eachAnswerOfTheService_becomesTheDataOfItsReaders() {
        serve();
        try (RawConnection gold = open("/stream/prices.a", GOLD);
                RawConnection silver = open("/stream/prices.a?envelope=cloudevents", SILVER)) {
            String id = subscriber(gold);
            subscriber(silver);
            publish(
                    "prices.a",
                    "1",
                    "nothing",
                    "empty",
                    "null",
                    "list",
                    "key",
                    "large",
                    "fail",
                    "text",
                    "json",
                    "lines");

            assertThat(data(gold, 6))
                    .containsExactly("1 for gold", "text for gold", "{\"for\":\"gold\"}", "a", "id: b", "c");
            assertThat(data(silver, 4))
                    .extracting(each -> new JsonObject(each).getValue("data"))
                    .containsExactly(
                            "1 for silver", "text for silver", new JsonObject().put("for", "silver"), "a\nid: b\nc");
            JsonObject channel =
                    get("/subscribers/" + id, GOLD).getJsonArray("channels").getJsonObject(0);
            assertThat(channel.getJsonObject("withheld"))
                    .isEqualTo(new JsonObject()
                            .put("selectors", 0)
                            .put("personalize", 3)
                            .put("unanswered", 4));
        }
        JsonObject first = questions.element();
        assertThat(first.fieldNames())
                .containsExactlyInAnyOrder("channel", "event", "data", "id", "sequence", "time", "properties");
        assertThat(first.getString("event")).isEqualTo("message");
        assertThat(count("sse.personalize.asked")).isEqualTo(22);
        assertThat(count("sse.personalize.failed")).isEqualTo(8);
    }

    @Test
    void aHistory_isMadeForItsReader_andAServiceOnTheBusGetsThePlainOne() {
        serve();
        publish("prices.a", "1", "nothing", "2", "text");

        assertThat(history("/history/prices.a", GOLD)).containsExactly("1 for gold", "2 for gold", "text for gold");
        assertThat(history("/history/prices.a", SILVER))
                .containsExactly("1 for silver", "2 for silver", "text for silver");
        assertThat(history("/history/prices.a?last=3", GOLD))
                .containsExactly("1 for gold", "2 for gold", "text for gold");
        assertThat(history("/history/prices.a?limit=1", SILVER)).containsExactly("1 for silver");
        JsonObject plain = node.vertx()
                .eventBus()
                .<JsonObject>request("sse.history", new JsonObject().put("channel", "prices.a"))
                .await()
                .body();
        assertThat(plain.getJsonArray("events").getJsonObject(1).getString("data"))
                .isEqualTo("nothing");
    }

    @Test
    void theSubject_mayDecide_andAReaderWithoutOneIsAnonymous() {
        serve();
        try (RawConnection alice = open("/stream/own.a", GOLD);
                RawConnection anyone = RawConnection.open(node.port())) {
            anyone.send("GET /stream/own.a HTTP/1.1\r\nHost: x\r\n\r\n");
            subscriber(alice);
            subscriber(anyone);
            publish("own.a", "1");
            assertThat(data(alice)).isEqualTo("1 for alice");
            assertThat(data(anyone)).isEqualTo("1 for none");
        }
    }

    private double count(String meter) {
        return node.meters().get(meter).counter().count();
    }

    private int unanswered(String id) {
        return get("/subscribers/" + id, GOLD)
                .getJsonArray("channels")
                .getJsonObject(0)
                .getJsonObject("withheld")
                .getInteger("unanswered");
    }

    @Test
    void aSilentService_delaysItsOwnChannelOnly_andIsSoonAskedOnceASecond() {
        serve();
        try (RawConnection gold = open("/stream/prices.a", GOLD);
                RawConnection other = open("/stream/other", GOLD)) {
            String id = subscriber(gold);
            subscriber(other);
            for (int i = 1; i <= 3; i++) {
                publish("prices.a", "silence");
                publish("other", "other");
                assertThat(data(other)).isEqualTo("other");
                int failures = i;
                Eventually.holds("time-out " + i, PATIENCE, () -> count("sse.personalize.failed") == failures);
            }
            publish("prices.a", "1");
            Eventually.holds("the event is withheld", PATIENCE, () -> unanswered(id) == 4);
            assertThat(history("/history/prices.a?last=1", GOLD)).isEmpty();
            assertThat(count("sse.personalize.asked")).isEqualTo(3);

            node.clock().pass(Duration.ofSeconds(1));
            publish("prices.a", "2");
            assertThat(data(gold)).isEqualTo("2 for gold");
            publish("prices.a", "3");
            assertThat(data(gold)).isEqualTo("3 for gold");
        }
    }

    @Test
    void withoutAService_thePlainDataIsSentIfTheRuleSaysSo() {
        try (RawConnection gold = open("/stream/plain.a", GOLD)) {
            subscriber(gold);
            publish("plain.a", "1", "2", "3", "4", "5");
            assertThat(data(gold, 5)).containsExactly("1", "2", "3", "4", "5");
        }
        assertThat(history("/history/plain.a", GOLD)).containsExactly("1", "2", "3", "4", "5");
    }
}
