package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A replay of any length, from a history that answers at once. */
@Timeout(300)
class LongReplayIT {
    private static final int EVENTS = 99_000;
    private static final int AT_ONCE = 1_000;
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final NodeSetup SETUP =
            NodeSetup.of("""
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public, history: {size: 100000, ttl: 1h}}
            """.formatted(NodeSetup.SECRET)).jvm("-Xmx256m");

    @Test
    void aHundredThousandEvents_comeToAClientThatAsksForAllOfThem() {
        try (TestNode node = TestNode.standalone(SETUP)) {
            for (int from = 0; from < EVENTS; from += AT_ONCE) {
                JsonArray events = new JsonArray(IntStream.range(from, from + AT_ONCE)
                        .mapToObj(i -> new JsonObject().put("data", Integer.toString(i)))
                        .toList());
                assertThat(node.post("/publish/public.a", events.encode()).statusCode())
                        .isLessThan(300);
            }
            try (EventStreamReader reader = node.stream("/stream/public.a?last=100000")) {
                List<String> texts = reader.awaitCount("message", EVENTS, PATIENCE).stream()
                        .map(event -> event.data())
                        .toList();
                assertThat(texts)
                        .containsExactlyElementsOf(IntStream.range(0, EVENTS)
                                .mapToObj(Integer::toString)
                                .toList());
            }
            try (EventStreamReader reader = node.stream("/stream/public.a")) {
                reader.await("stream-open");
                JsonObject event = new JsonObject().put("data", "new");
                assertThat(node.post("/publish/public.a", event.encode()).statusCode())
                        .isEqualTo(201);
                reader.await("message");
            }
        }
    }
}
