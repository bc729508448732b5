package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.BusRegistrations;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.HeapHistogram;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Subscribers that have gone leave nothing on the nodes. */
@Timeout(120)
class ComeAndGoIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int SUBSCRIBERS = 1_000;
    // More in the Maven profile "faults".
    private static final int ROUNDS = Integer.getInteger("faults.come.rounds", 3);
    private static final int CHANNELS = 50;
    private static final List<String> OF_SUBSCRIBERS =
            List.of("subscriber.Subscriber", "hub.Seat", "hub.Audience", "hub.Hub", "leader.LedChannel");

    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            limits: {subscribers: %d}
            channels:
              - {channel: "public.{name}", subscribe: public, history: {ttl: 1s}}
            """.formatted(NodeSetup.SECRET, SUBSCRIBERS);

    private final List<EventStreamReader> readers = new ArrayList<>();

    @Test
    void aThousandSubscribersThatComeAndGoAgainAndAgain_leaveNothing() {
        try (TestCluster cluster = new TestCluster()) {
            List<TestNode> nodes = cluster.start(2, NodeSetup.of(CONFIG));
            try (BusRegistrations registrations =
                    BusRegistrations.open(cluster.clusterConfig()).awaitNodes(2)) {
                List<String> before = registrations.addresses();
                for (int round = 0; round < ROUNDS; round++) {
                    for (int i = 0; i < SUBSCRIBERS; i++) {
                        open(nodes.get(i % 2), i / 2 % CHANNELS);
                    }
                    for (int i = 0; i < SUBSCRIBERS; i++) {
                        awaitOpen(i, nodes.get(i % 2), i / 2 % CHANNELS);
                    }
                    assertThat(registrations.addresses()).hasSize(before.size() + CHANNELS);
                    resetAll();
                }
                Eventually.see("the addresses as before", PATIENCE, registrations::addresses, before::equals);
                assertThat(registrations.channelsInUse()).isEmpty();
                nodes.forEach(ComeAndGoIT::assertForgotten);

                for (int i = 0; i < SUBSCRIBERS; i++) {
                    open(nodes.get(0), i % CHANNELS);
                }
                assertThat(nodes.get(0).stream("/stream/public.one-too-many").status())
                        .isEqualTo(429);
            } finally {
                resetAll();
            }
        }
    }

    private void open(TestNode node, int channel) {
        readers.add(stream(node, channel));
    }

    private static EventStreamReader stream(TestNode node, int channel) {
        EventStreamReader reader = node.stream("/stream/public.c" + channel);
        assertThat(reader.status()).isEqualTo(200);
        return reader;
    }

    /** Waits until a stream has begun. On a machine that is very busy a leader may not answer in time. Then the client comes back, as it is told. */
    private void awaitOpen(int subscriber, TestNode node, int channel) {
        ReceivedEvent first = readers.get(subscriber).next(PATIENCE);
        while (!first.type().equals("stream-open")) {
            assertThat(first.json())
                    .isEqualTo(new JsonObject().put("reason", "unavailable").put("reconnect", true));
            System.out.println("come and go: a leader did not answer in time");
            readers.set(subscriber, stream(node, channel));
            first = readers.get(subscriber).next(PATIENCE);
        }
    }

    private void resetAll() {
        readers.forEach(EventStreamReader::reset);
        readers.clear();
    }

    private static void assertForgotten(TestNode node) {
        Eventually.see(
                "none of " + OF_SUBSCRIBERS + " in the heap",
                PATIENCE,
                () -> HeapHistogram.of(node).instances(OF_SUBSCRIBERS),
                String::isEmpty);
    }
}
