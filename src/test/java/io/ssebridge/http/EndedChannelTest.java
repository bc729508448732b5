package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.ReceivedEvent;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A publisher can end a channel: a finished job must not make browsers come back for ever. */
@Timeout(60)
class EndedChannelTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration TTL = Duration.ofMinutes(1);
    private static final JsonObject PROGRESS = new JsonObject().put("data", "50 %");
    private static final JsonObject DONE = new JsonObject()
            .put("event", "done")
            .put("data", "100 %")
            .put("end", true)
            .put("key", "k");

    private final ServedNode node = ServedNode.of("""
            channels:
              - {channel: "jobs.{id}", subscribe: public, publish: public, history: {ttl: 1m}}
              - {channel: "live.{id}", subscribe: public, publish: public, history: none}
            """);

    @AfterEach
    void close() {
        node.close();
    }

    private RawConnection.Answer publish(String channel, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        try (RawConnection connection = RawConnection.open(node.port())) {
            return connection
                    .send("POST /publish/" + channel + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                            + "Content-Length: " + body.length + "\r\n\r\n" + json)
                    .answer();
        }
    }

    @CanIgnoreReturnValue
    private String published(String channel, JsonObject event) {
        RawConnection.Answer answer = publish(channel, event.encode());
        assertThat(answer.status()).isEqualTo(201);
        return answer.problem().getString("id");
    }

    private EventStreamReader stream(String target, String lastEventId) {
        URI uri = URI.create("http://127.0.0.1:" + node.port() + "/stream" + target);
        return EventStreamReader.open(uri, lastEventId.isEmpty() ? Map.of() : Map.of("Last-Event-ID", lastEventId));
    }

    private static List<String> typesUntilEnd(EventStreamReader reader) {
        reader.awaitEnd(PATIENCE);
        assertThat(reader.findings()).isEmpty();
        return reader.events().stream().map(ReceivedEvent::type).toList();
    }

    private int statusOf(String target, String lastEventId) {
        return RawConnection.ask(
                        node.port(), "GET /stream" + target + " HTTP/1.1", "Host: x", "Last-Event-ID: " + lastEventId)
                .status();
    }

    @Test
    void theLastEvent_isFollowedByStreamEnd_andByTheEndOfTheStream() {
        try (EventStreamReader reader = stream("/jobs.a", "")) {
            reader.await("stream-open");
            published("jobs.a", PROGRESS);
            String id = published("jobs.a", DONE);

            assertThat(typesUntilEnd(reader))
                    .containsExactly("stream-open", "message", "done", "stream-end", "stream-error");
            assertThat(reader.events("stream-end").get(0).json()).isEqualTo(new JsonObject().put("channel", "jobs.a"));
            assertThat(reader.events("stream-end").get(0).lastEventId()).isEqualTo(id);
            assertThat(reader.events("stream-error").get(0).json())
                    .isEqualTo(new JsonObject().put("reason", "ended").put("reconnect", false));
            assertThat(reader.lastEventId()).isEqualTo(id);
        }
    }

    // An EventSource stops for good after 204.
    @Test
    void aClientThatComesBackAtTheEnd_gets204() {
        String progress = published("jobs.a", PROGRESS);
        String done = published("jobs.a", DONE);

        assertThat(statusOf("/jobs.a", done)).isEqualTo(204);
        assertThat(RawConnection.ask(node.port(), "HEAD /stream/jobs.a HTTP/1.1", "Host: x", "Last-Event-ID: " + done)
                        .status())
                .isEqualTo(204);
        try (EventStreamReader reader = stream("/jobs.a", progress)) {
            assertThat(typesUntilEnd(reader)).containsExactly("stream-open", "done", "stream-end", "stream-error");
        }
        // The other channel has not ended.
        try (EventStreamReader reader = stream("?channel=jobs.a&channel=jobs.b", done)) {
            assertThat(reader.await("stream-open").json().getJsonArray("channels"))
                    .isEqualTo(new JsonArray(List.of("jobs.a", "jobs.b")));
        }
    }

    @Test
    void aLateSubscriber_getsWhatIsRetained_andTheEnd() {
        published("jobs.a", PROGRESS);
        published("jobs.a", DONE);

        for (String target : List.of("/jobs.a", "/jobs.a?last=2", "/jobs.a?since=0")) {
            try (EventStreamReader reader = stream(target, "")) {
                assertThat(typesUntilEnd(reader))
                        .containsExactly("stream-open", "message", "done", "stream-end", "stream-error");
            }
        }
    }

    @Test
    void afterTheEnd_publishingIsRefused_butTheSameEndIsNot() {
        String id = published("jobs.a", DONE);

        RawConnection.Answer late = publish("jobs.a", PROGRESS.encode());
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.problem().getString("type")).isEqualTo("urn:sse-bridge:ended");
        RawConnection.Answer again = publish("jobs.a", DONE.encode());
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.problem().getString("id")).isEqualTo(id);
        assertThat(publish("jobs.a", DONE.copy().put("key", "other").encode()).status())
                .isEqualTo(409);
    }

    @Test
    void eventsAfterTheEndInOneRequest_areRefused() {
        RawConnection.Answer answer = publish(
                "jobs.a", new JsonArray().add(PROGRESS).add(DONE).add(PROGRESS).encode());

        assertThat(answer.body()).contains("\"status\":409");
        assertThat(new JsonArray(answer.body()).stream().map(each -> ((JsonObject) each).getInteger("status")))
                .containsExactly(201, 201, 409);
    }

    @Test
    void whenTheLastEventHasExpired_theChannelMayBeUsedAgain() {
        String old = published("jobs.a", DONE);

        node.clock().pass(TTL.plusSeconds(1));

        String id = published("jobs.a", PROGRESS);
        assertThat(id).isNotEqualTo(old);
        try (EventStreamReader reader = stream("/jobs.a", old)) {
            assertThat(reader.await("message").lastEventId()).isEqualTo(id);
        }
    }

    @Test
    void aStreamOfTwoChannels_endsWithTheSecond() {
        try (EventStreamReader reader = stream("?channel=jobs.a&channel=jobs.b", "")) {
            reader.await("stream-open");
            published("jobs.a", DONE);
            reader.await("stream-end");
            published("jobs.b", PROGRESS);
            reader.await("message");
            published("jobs.b", DONE);

            assertThat(typesUntilEnd(reader))
                    .containsExactly(
                            "stream-open", "done", "stream-end", "message", "done", "stream-end", "stream-error");
            assertThat(statusOf("?channel=jobs.a&channel=jobs.b", reader.lastEventId()))
                    .isEqualTo(204);
        }
    }

    @Test
    void aChannelWithoutAHistory_cannotEnd() {
        assertThat(publish("live.a", DONE.encode()).status()).isEqualTo(400);
        assertThat(publish("jobs.a", DONE.copy().put("end", 1).encode()).status())
                .isEqualTo(400);
        assertThat(published("jobs.a", DONE.copy().put("end", false).put("key", "not-yet")))
                .isNotNull();
        assertThat(published("jobs.a", PROGRESS)).isNotNull();
    }

    // The marks of an end are in the id, which a client can forge; the history decides.
    @Test
    void anIdThatOnlySaysItIsAtTheEnd_isNotBelieved() {
        String elsewhere;
        try (ServedNode other =
                ServedNode.of("channels: [{channel: \"jobs.{id}\", subscribe: public, publish: public}]\n")) {
            other.publishLast("jobs.a", "x");
            elsewhere = RawConnection.ask(other.port(), "GET /history/jobs.a HTTP/1.1", "Host: x")
                    .problem()
                    .getJsonArray("events")
                    .getJsonObject(0)
                    .getString("id");
        }
        published("jobs.a", PROGRESS);
        try (EventStreamReader reader = stream("/jobs.a", elsewhere)) {
            reader.await("stream-reset");
            reader.await("message");
        }
    }
}
