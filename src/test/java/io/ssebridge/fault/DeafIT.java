package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.BusRegistrations;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.PlainServiceProcess;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** The cluster forgets the consumers of a node without telling it: the node notices, and is heard again. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeafIT {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final int SHARDS = 64;

    private final TestCluster cluster = new TestCluster();
    private final List<TestNode> nodes = cluster.start(2, NodeSetup.DEFAULT);
    private final PlainServiceProcess service = cluster.startPlainService();
    private final BusRegistrations registrations =
            BusRegistrations.open(cluster.clusterConfig()).awaitNodes(2);

    @AfterAll
    void close() {
        registrations.close();
        cluster.close();
    }

    @Test
    void aNodeThatTheClusterHasForgotten_isHeardAgainByItself() {
        try (EventStreamReader one = nodes.get(0).stream("/stream/sse");
                EventStreamReader other = nodes.get(1).stream("/stream/sse")) {
            one.await("stream-open");
            other.await("stream-open");
            String leader = registrations.of("sse").get(0);
            Set<String> before = registrations.by(leader);
            assertThat(before).contains("sse", "sse.history", "sse.node." + leader);

            registrations.forget(leader);
            assertThat(registrations.by(leader)).isNotEqualTo(before);

            Eventually.see("all addresses", PATIENCE, () -> registrations.by(leader), before::equals);
            Eventually.see("where to connect", PATIENCE, () -> registrations.isConnectable(leader), known -> known);
            assertThat(service.request("sse", "hello", Map.of()).getString("channel"))
                    .isEqualTo("sse");
            assertThat(one.await("message").data()).isEqualTo("hello");
            assertThat(other.await("message").data()).isEqualTo("hello");
            for (TestNode node : nodes) {
                assertThat(node.isReady()).isTrue();
            }
        }
    }

    @Test
    void leadersAndChannelsInUse_areEnteredAgainWhenTheyAreLost() {
        for (int i = 0; i < 10; i++) {
            nodes.get(i % 2).post("/publish/public.c" + i, "{\"data\": \"before\"}");
        }
        Set<String> inUse = registrations.channelsInUse();
        assertThat(inUse).contains("public.c0", "public.c9");
        assertThat(registrations.shardsLed()).isEqualTo(SHARDS);

        // Entries are lost only with members.
        PlainServiceProcess leaving = cluster.startPlainService();
        registrations.forgetWhoLeadsWhat();
        leaving.close();

        Eventually.see("a leader of each shard", PATIENCE, registrations::shardsLed, led -> led == SHARDS);
        Eventually.see("all channels", PATIENCE, registrations::channelsInUse, inUse::equals);
        for (int i = 0; i < 10; i++) {
            assertThat(nodes.get(i % 2)
                            .post("/publish/public.c" + i, "{\"data\": \"after\"}")
                            .body())
                    .contains("\"sequence\":2");
        }
    }
}
