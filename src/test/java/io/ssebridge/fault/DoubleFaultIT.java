package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.core.DistributedObject;
import com.hazelcast.core.HazelcastInstance;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCluster;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** More breaks than the bridge can mend: the history is lost, and all its subscribers are told. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DoubleFaultIT {
    private static final String CHANNEL = "public.destroyed";
    // With all partitions enough that for some of them both the owner and the backup are killed.
    private static final int CHANNELS = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    // Of three, the survivor takes itself for a minority, and refuses to publish for 20 s. Two of four go on.
    private final Slots slots = new Slots(Bound.of("double.nodes", 4), Slots.config(4_000), TestCluster::allPartitions);

    @AfterAll
    void close() {
        slots.close();
    }

    // First of all: two nodes are killed later.
    @Test
    @Order(1)
    void aHistoryDestroyedUnnoticedByTheLeader_isAResetForSubscribersThatLackItsEvents() {
        try (EventStreamReader live = slots.node(0).stream("/stream/" + CHANNEL)) {
            ReceivedEvent open = live.await("stream-open");
            for (int i = 0; i < 20; i++) {
                publish(i % 2, "before " + i);
            }
            live.awaitCount("message", 20, PATIENCE);
            String atFifth = live.events("message").get(4).lastEventId();
            String atLast = live.events("message").get(19).lastEventId();
            destroyRings();
            try (EventStreamReader resumed = resume(1, atFifth)) {
                resumed.await("stream-reset");
            }
            for (int i = 0; i < 10; i++) {
                publish(i % 2, "after " + i);
            }
            // It had everything; whether it is told of the loss or not, it goes on without a gap.
            assertThat(live.awaitCount("message", 30, PATIENCE).stream().skip(20))
                    .extracting(ReceivedEvent::data)
                    .containsExactlyElementsOf(after());
            for (String id : List.of(open.lastEventId(), atFifth, atLast)) {
                for (int node = 0; node < 2; node++) {
                    try (EventStreamReader resumed = resume(node, id)) {
                        assertThat(resumed.await("stream-reset").data()).contains("lost");
                        assertThat(resumed.awaitCount("message", 10, PATIENCE))
                                .extracting(ReceivedEvent::data)
                                .containsExactlyElementsOf(after());
                    }
                }
            }
        }
    }

    @Test
    @Order(2)
    void afterTwoNodesAreKilledAtOnce_clientsLearnOfEveryLoss() {
        try (Load load = new Load(slots, Bound.of("double.subscribers", 40), CHANNELS)) {
            Eventually.holds(
                    "events on all channels", PATIENCE, () -> load.ledger().acknowledged() > 6 * CHANNELS);
            // At once: within a fraction of a second Hazelcast has made new copies of so little.
            CompletableFuture<Void> first = CompletableFuture.runAsync(() -> slots.kill(0));
            slots.kill(1);
            first.join();
            load.flow(Duration.ofSeconds(3));
            Bound.say(
                    "DoubleFaultIT: longest stall %d ms",
                    load.takeLongestStall().toMillis());
            load.endWithLosses("DoubleFaultIT");
            assertThat(load.silentGaps()).isEmpty();
            assertThat(load.audience().resets())
                    .as("histories of which both copies were killed")
                    .isPositive();
        }
    }

    private static List<String> after() {
        return IntStream.range(0, 10).mapToObj(i -> "after " + i).toList();
    }

    private EventStreamReader resume(int node, String id) {
        return EventStreamReader.open(slots.node(node).uri("/stream/" + CHANNEL), Map.of("Last-Event-ID", id));
    }

    private void publish(int node, String data) {
        assertThat(slots.node(node)
                        .post(
                                "/publish/" + CHANNEL,
                                new JsonObject().put("data", data).encode())
                        .statusCode())
                .isEqualTo(201);
    }

    private void destroyRings() {
        ClientConfig config = new ClientConfig();
        config.setClusterName(slots.cluster().name());
        slots.cluster().ports().forEach(port -> config.getNetworkConfig().addAddress("127.0.0.1:" + port));
        HazelcastInstance client = HazelcastClient.newHazelcastClient(config);
        try {
            List<DistributedObject> rings = client.getDistributedObjects().stream()
                    .filter(each -> each.getName().startsWith("sse.h."))
                    .toList();
            assertThat(rings).isNotEmpty();
            rings.forEach(DistributedObject::destroy);
        } finally {
            client.shutdown();
        }
    }
}
