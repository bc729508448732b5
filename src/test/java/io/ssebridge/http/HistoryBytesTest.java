package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The limit of the bytes of all histories. */
@Timeout(60)
class HistoryBytesTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String LARGE = "x".repeat(60_000);

    private final ServedNode node = ServedNode.of("""
            limits: {historyBytes: 1MiB, newChannelsPerIp: 0}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public, history: {size: 16, ttl: 1h}}
            """);

    @AfterEach
    void close() {
        node.close();
    }

    private RawConnection.Answer publish(String channel, String data, String key) {
        String body = new JsonObject().put("data", data).put("key", key).encode();
        return RawConnection.ask(
                node.port(),
                "POST /publish/public." + channel + " HTTP/1.1",
                "Host: x",
                "Content-Type: application/json",
                "Content-Length: " + body.length(),
                "",
                body);
    }

    private int publish(String channel) {
        return publish(channel, LARGE, "k" + System.nanoTime()).status();
    }

    /** Sixteen of these fill a history, with half of all bytes. */
    private int publishToFull() {
        return publish("full", LARGE.substring(30_000), "k" + System.nanoTime()).status();
    }

    private EventStreamReader stream(String channel, Map<String, String> headers) {
        EventStreamReader reader = EventStreamReader.open(
                URI.create("http://127.0.0.1:%d/stream/public.%s".formatted(node.port(), channel)), headers);
        reader.await("stream-open");
        return reader;
    }

    private int retained(String channel) {
        return RawConnection.ask(node.port(), "GET /history/public." + channel + " HTTP/1.1", "Host: x")
                .problem()
                .getJsonArray("events")
                .size();
    }

    private double meter(String name) {
        return node.meters().get(name).counter().count();
    }

    @Test
    void theHistoryThatWasNotUsedForTheLongestTime_makesRoom_andItsReadersGetAReset() {
        // On all event loops of the node.
        Iterator<String> names =
                IntStream.iterate(0, i -> i + 1).mapToObj(i -> "c" + i).iterator();
        String watched = names.next();
        String old = names.next();
        String fresh = names.next();
        try (EventStreamReader watching = stream(watched, Map.of())) {
            assertThat(publish(watched)).isEqualTo(201);
            String id;
            try (EventStreamReader before = stream(old, Map.of())) {
                assertThat(publish(old)).isEqualTo(201);
                before.await("message");
                id = before.lastEventId();
            }
            Eventually.see("attached channels", PATIENCE, node::liveChannels, live -> live.size() == 1);
            node.clock().pass(Duration.ofSeconds(1));
            String last = "";
            for (int i = 0; i < 13; i++) {
                last = names.next();
                assertThat(publish(last)).isEqualTo(201);
                node.clock().pass(Duration.ofMillis(10));
            }
            node.clock().pass(Duration.ofSeconds(11));
            assertThat(meter("sse.history.evicted")).isZero();
            assertThat(publish(fresh)).isEqualTo(201);

            Eventually.see("histories that are gone", PATIENCE, () -> meter("sse.history.evicted"), gone -> gone >= 1);
            Eventually.see("the oldest history", PATIENCE, () -> retained(old), count -> count == 0);
            assertThat(retained(watched)).isEqualTo(1);
            assertThat(retained(fresh)).isEqualTo(1);
            assertThat(retained(last)).isEqualTo(1);
            assertThat(publish(old)).isEqualTo(201);
            try (EventStreamReader again = stream(old, Map.of("Last-Event-ID", id))) {
                again.await("stream-reset");
                again.await("message");
            }
            watching.await("message");
            assertThat(watching.events("stream-reset")).isEmpty();
        }
    }

    @Test
    void whileAllHistoriesAreInUse_eventsThatNeedMoreAreRefused() {
        for (int i = 0; i < 16; i++) {
            assertThat(publishToFull()).isEqualTo(201);
        }
        assertThat(publish("c0", LARGE, "key").status()).isEqualTo(201);
        int taken = 1;
        while (publish("c" + taken) == 201) {
            taken++;
        }
        assertThat(taken).isBetween(7, 9);
        RawConnection.Answer refused = publish("refused", LARGE, "k");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.all("Retry-After")).hasSize(1);
        assertThat(refused.problem().getString("detail")).startsWith("limits.historyBytes: ");
        assertThat(meter("sse.history.refused")).isEqualTo(2);
        assertThat(node.meters().get("sse.history.bytes").gauge().value()).isBetween(900_000.0, 1_048_576.0);

        // An event that makes room for itself, and one that was published before.
        assertThat(publishToFull()).isEqualTo(201);
        assertThat(publish("c0", LARGE, "key").status()).isEqualTo(200);
        assertThat(retained("full")).isPositive();
        assertThat(retained("c0")).isEqualTo(1);

        node.clock().pass(Duration.ofSeconds(11));
        Eventually.see("room", PATIENCE, () -> publish("refused"), status -> status == 201);
        assertThat(meter("sse.history.evicted")).isPositive();
    }
}
