package io.ssebridge.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The names and keys that a publisher gives mean the same at each door. */
@Timeout(30)
class NamesAndKeysTest {
    private static ServedNode node;

    @BeforeAll
    static void start() {
        node = ServedNode.of("""
                channels:
                  - {channel: "**", subscribe: public, publish: public}
                """);
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    private static RawConnection.Answer post(String path, JsonObject event, String... headers) {
        String body = new String(event.encode().getBytes(UTF_8), ISO_8859_1);
        String more = headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
        try (RawConnection connection = RawConnection.open(node.port())) {
            return connection
                    .send("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + more
                            + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                    .answer();
        }
    }

    private static JsonObject byBus(String channel, DeliveryOptions options) {
        try {
            return node.vertx()
                    .eventBus()
                    .<JsonObject>request("sse.publish", "x", options.addHeader("channel", channel))
                    .await(10, TimeUnit.SECONDS)
                    .body();
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertRefusedByBus(DeliveryOptions options, String reason) {
        assertThatThrownBy(() -> byBus("news", options))
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(400))
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {" stream-open", "\u00A0stream-error", "stream-reset\uFEFF", "\u200Bstream-open", "open "})
    void aNameThatIsReservedOnceTrimmed_isRefusedAtEachDoor(String name) {
        RawConnection.Answer answer =
                post("/publish/news", new JsonObject().put("data", 1).put("event", name));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem().getString("detail")).contains("is reserved");
        assertRefusedByBus(new DeliveryOptions().addHeader("event", name), "is reserved");
    }

    @ParameterizedTest
    @ValueSource(strings = {" key", "key\t", "\u00A0key", "key\u3000", " "})
    void aKeyThatHttpWouldTrim_isRefusedAtEachDoor(String key) {
        JsonObject event = new JsonObject().put("data", 1).put("key", key);
        assertThat(post("/publish/news", event).status()).isEqualTo(400);
        assertRefusedByBus(new DeliveryOptions().addHeader("key", key), "key: ");
    }

    @Test
    void aKey_isTheSameInAHeaderAndInJsonAndOnTheBus() {
        String key = "Schl\u00FCssel \u2603";
        String inHeader = new String(key.getBytes(UTF_8), ISO_8859_1);
        JsonObject event = new JsonObject().put("data", 1);

        assertThat(post("/publish/keys", event, "Idempotency-Key: " + inHeader).status())
                .isEqualTo(201);
        assertThat(post("/publish/keys", event, "Idempotency-Key:\t" + inHeader + " \t")
                        .status())
                .isEqualTo(200);
        assertThat(post("/publish/keys", event.copy().put("key", key)).status()).isEqualTo(200);
        assertThat(post("/publish/keys", event.copy().put("key", key), "Idempotency-Key: " + inHeader)
                        .status())
                .isEqualTo(200);
        assertThat(byBus("keys", new DeliveryOptions().addHeader("key", key)).getLong("sequence"))
                .isEqualTo(new JsonObject(
                                post("/publish/keys", event.put("key", key)).body())
                        .getLong("sequence"));
    }

    @Test
    void aHeaderThatIsNotUtf8_orComesTwice_isNotAKey() {
        JsonObject event = new JsonObject().put("data", 1);
        assertThat(post("/publish/news", event, "Idempotency-Key: \u00FC").status())
                .isEqualTo(400);
        assertThat(post("/publish/news", event, "Idempotency-Key: a", "Idempotency-Key: a")
                        .status())
                .isEqualTo(400);
        assertThat(post("/publish/news", event, "Idempotency-Key:").status()).isEqualTo(400);
    }

    /** They are compared byte for byte: one with a space is another one. */
    @Test
    void aChannelsName_isTrimmedAtNoDoor() {
        JsonObject event = new JsonObject().put("data", 1);
        String name = " a .\u00A0b";
        assertThat(channel(post("/publish/%20a%20.%C2%A0b", event))).isEqualTo(name);
        assertThat(channel(post("/publish?channel=+a+.%C2%A0b", event))).isEqualTo(name);
        assertThat(byBus(name, new DeliveryOptions()).getString("channel")).isEqualTo(name);
    }

    private static String channel(RawConnection.Answer answer) {
        assertThat(answer.status()).isEqualTo(201);
        return new JsonObject(answer.body()).getString("channel");
    }

    @ParameterizedTest
    @ValueSource(strings = {"+5", "\u0665", " 5", "5.0", "", "99999999999"})
    void aReconnectionTimeOnTheBus_isAWholeNumber(String retry) {
        assertRefusedByBus(new DeliveryOptions().addHeader("retry", retry), "retry: expected a whole number");
    }

    @ParameterizedTest
    @ValueSource(strings = {"%2B5", "%D9%A5", "+5", "-1", ""})
    void aNumberInAQuery_isAWholeNumber(String last) {
        assertThat(RawConnection.ask(node.port(), "HEAD /stream/news?last=" + last + " HTTP/1.1", "Host: x")
                        .status())
                .isEqualTo(400);
    }
}
