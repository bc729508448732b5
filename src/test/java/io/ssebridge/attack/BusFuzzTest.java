package io.ssebridge.attack;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.ssebridge.http.ServedNode;
import io.ssebridge.testing.CapturedLog;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.wire.Wire;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Messages of every wrong kind on all addresses of a node get a clear answer and leave nothing. */
@Timeout(60)
class BusFuzzTest {
    private static final int MESSAGES = Integer.getInteger("fuzz.messages", 4_000);
    private static final int FIRST = Integer.getInteger("fuzz.first", 0);
    private static final int MOST_CHARACTERS = 600;
    private static final int MOST_LINES = 150;
    private static final List<String> ADDRESSES = List.of(
            BusFuzz.CHANNEL,
            "news.b",
            "shared",
            "sse.publish",
            "sse.history",
            "sse.presence",
            "sse.channels",
            "sse.disconnect",
            "sse.node.standalone",
            "sse.node.standalone.announcements");

    @Test
    void wrongMessagesOnAllAddresses_areRefusedClearly_andLeaveNothing() {
        Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
        try (CapturedLog log = new CapturedLog("io", Level.WARN);
                ServedNode node = ServedNode.of("""
                        channels:
                          - {channel: "news.{name}", subscribe: public, presence: members}
                          - {channel: "shared.{name}", address: "shared", header: "name", subscribe: public}
                          - {channel: "always", subscribe: public}
                        """);
                EventStreamReader reader = EventStreamReader.open(
                        URI.create("http://127.0.0.1:" + node.port() + "/stream/" + BusFuzz.CHANNEL));
                EventStreamReader other =
                        EventStreamReader.open(URI.create("http://127.0.0.1:" + node.port() + "/stream/news.b"))) {
            node.vertx().exceptionHandler(thrown::add);
            reader.await("stream-open");
            other.await("stream-open");
            BusFuzz fuzz = new BusFuzz(node.vertx(), ADDRESSES, false, Long.getLong("fuzz.seed", 1));
            fuzz.run(FIRST, MESSAGES);

            assertThat(fuzz.wrongs()).isEmpty();
            assertThat(thrown).isEmpty();
            List<String> rights = fuzz.rights();
            reader.await(event -> event.data().equals(rights.get(rights.size() - 1)), Duration.ofSeconds(10));
            assertThat(reader.events("message").stream()
                            .map(ReceivedEvent::data)
                            .filter(data -> data.startsWith("right ")))
                    .containsExactlyElementsOf(rights);
            assertThat(reader.findings()).isEmpty();
            assertThat(other.isEnded()).isFalse();
            assertThat(log.lines()).noneMatch(line -> line.startsWith("ERROR"));
            assertThat(log.lines()).hasSizeLessThan(MOST_LINES).allMatch(line -> line.length() < MOST_CHARACTERS);
        }
    }

    /** Each was answered by 503, as if the node were not able to answer. */
    @Test
    void messagesWithPartsOfOtherTypes_areBadRequests() {
        JsonArray deep = new JsonArray();
        for (int i = 0; i < 1_200; i++) {
            deep = new JsonArray().add(deep);
        }
        DeliveryOptions streams = Wire.options(Wire.Operation.STREAMS, "other", 0);
        try (ServedNode node = ServedNode.of("channels: [{channel: always, subscribe: public}]")) {
            assertThat(refusal(node, "always", deep, new DeliveryOptions())).isEqualTo("400 body: is not JSON");
            assertThat(refusal(node, "sse.node.standalone", new JsonObject().put("request", 1), streams))
                    .isEqualTo("400 request: is unknown");
            for (JsonObject wrong : List.of(
                    new JsonObject().put("request", "COUNT").put("subjects", new JsonArray().add(1)),
                    new JsonObject().put("request", "BLOCK").put("channels", "[]"))) {
                assertThat(refusal(node, "sse.node.standalone", wrong, streams))
                        .isEqualTo("400 message: cannot be read");
            }
        }
    }

    private static String refusal(ServedNode node, String address, Object body, DeliveryOptions options) {
        return node.vertx()
                .eventBus()
                .request(address, body, options)
                .map(answer -> "answered")
                .otherwise(failure -> failure instanceof ReplyException refused
                        ? refused.failureCode() + " " + refused.getMessage()
                        : failure.toString())
                .await();
    }
}
