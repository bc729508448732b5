package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The bridge says who has published an event, and no publisher can pose as somebody else. */
@Timeout(60)
class StampTest {
    private static final String ALICE = "Authorization: Bearer "
            + Tokens.mint("alice", List.of(), List.of(), new JsonObject().put("color", "teal"), Duration.ofDays(1));

    private final ServedNode node = ServedNode.of("""
            channels:
              - {channel: "rooms.{room}", subscribe: public, publish: {allow: authenticated, stamp: sub, field: from, properties: [color]}}
              - {channel: "open.{name}", subscribe: public, publish: {allow: public, stamp: sub, field: by}}
              - {channel: "plain", subscribe: public, publish: public}
            """);

    @AfterEach
    void close() {
        node.close();
    }

    private RawConnection.Answer publish(String target, String body, String... headers) {
        return RawConnection.ask(
                node.port(),
                "POST /publish/" + target + " HTTP/1.1",
                "Host: x",
                "Content-Type: application/json",
                String.join("\r\n", headers),
                "Content-Length: " + body.length() + "\r\n\r\n" + body);
    }

    private JsonObject newest(String channel) {
        return RawConnection.ask(node.port(), "GET /history/" + channel + "?last=1 HTTP/1.1", "Host: x")
                .problem()
                .getJsonArray("events")
                .getJsonObject(0);
    }

    @Test
    void aClaimedPublisher_isOverwritten_inTheHistoryAndOnStreams() {
        try (RawConnection stream = RawConnection.open(node.port())) {
            stream.send("GET /stream/rooms.a?envelope=cloudevents HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(stream.answer().status()).isEqualTo(200);
            // Events from now on come to this stream; the head alone does not promise it.
            String line = stream.line();
            while (!line.contains("stream-open")) {
                line = stream.line();
            }

            assertThat(publish("rooms.a", "{\"data\": {\"text\": \"hi\", \"from\": \"bob\", \"color\": 1}}", ALICE)
                            .status())
                    .isEqualTo(201);

            assertThat(newest("rooms.a").getString("from")).isEqualTo("alice");
            assertThat(newest("rooms.a").getString("data"))
                    .isEqualTo("{\"text\":\"hi\",\"from\":\"alice\",\"color\":\"teal\"}");
            while (!line.contains("specversion")) {
                line = stream.line();
            }
            JsonObject event = new JsonObject(line.substring("data: ".length()));
            assertThat(event.getString("from")).isEqualTo("alice");
            assertThat(event.getJsonObject("data").getString("from")).isEqualTo("alice");
        }
    }

    @Test
    void anAnonymousPublisher_isNobody() {
        assertThat(publish("open.a", "{\"data\": {\"by\": \"alice\", \"x\": 1}}", "X: y")
                        .status())
                .isEqualTo(201);

        assertThat(newest("open.a").getString("data")).isEqualTo("{\"x\":1}");
        assertThat(newest("open.a").containsKey("from")).isFalse();
    }

    @Test
    void eachChannel_hasItsOwnStamp() {
        RawConnection.Answer answer = publish(
                "rooms.a?channel=plain&channel=open.a&channel=rooms.b",
                "[{\"data\": {\"n\": 1}}, {\"data\": {\"n\": 2, \"by\": 0}}]",
                ALICE);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(new JsonArray(answer.body())
                        .stream()
                                .map(each -> ((JsonObject) each).getString("channel"))
                                .toList())
                .containsExactly("rooms.a", "plain", "open.a", "rooms.b", "rooms.a", "plain", "open.a", "rooms.b");
        assertThat(newest("rooms.a").getString("data"))
                .isEqualTo("{\"n\":2,\"by\":0,\"from\":\"alice\",\"color\":\"teal\"}");
        assertThat(newest("rooms.b").getString("data"))
                .isEqualTo(newest("rooms.a").getString("data"));
        assertThat(newest("open.a").getString("data")).isEqualTo("{\"n\":2,\"by\":\"alice\"}");
        assertThat(newest("plain").getString("data")).isEqualTo("{\"n\":2,\"by\":0}");
        assertThat(newest("plain").containsKey("from")).isFalse();
    }
}
