package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.ResumingSubscriber;
import io.ssebridge.testing.ReverseProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Nodes after HAProxy are restarted under load, one after another. Subscribers notice only a new connection, and the other nodes
 * get equal shares of their streams. {@link ProxyIT} tests the other proxies.
 */
@Timeout(900)
class RollingRestartIT {
    private static final int NODES = 3;
    private static final int RESTARTS = Bound.of("rolling.restarts", 1);
    private static final int SUBSCRIBERS = Bound.of("rolling.subscribers", 60);
    private static final Duration PACE = Duration.ofMillis(Bound.of("rolling.paceMillis", 25));
    private static final int DRAIN_SECONDS = Bound.of("rolling.drainSeconds", 1);
    private static final int GRACE_SECONDS = Bound.of("rolling.graceSeconds", 0);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void aRollingRestart_losesNothingAndResetsNobody_andTheOtherNodesShareTheStreams() {
        NodeSetup setup = NodeSetup.of(Slots.config(4_000))
                .jvm("-Xmx256m")
                .env("SSE_SHUTDOWN_DRAIN", DRAIN_SECONDS + "s")
                .env("SSE_SHUTDOWN_GRACE", GRACE_SECONDS + "s");
        Openings openings = new Openings();
        try (Slots slots = Slots.withPorts(NODES, setup);
                ReverseProxy proxy = ReverseProxy.start(
                        ReverseProxy.Program.HAPROXY, slots.httpPorts(), text -> ofThree(text, slots.httpPorts()));
                Load load = new Load(slots, SUBSCRIBERS, PACE, proxy::uri, openings::take)) {
            for (int i = 0; i < RESTARTS; i++) {
                load.flow(Duration.ofMillis(500));
                load.takeLongestStall();
                openings.clear();
                slots.stop(i);
                awaitAll(load);
                load.flow(Duration.ofMillis(500));
                Bound.say(
                        "RollingRestartIT: node %d stopped: longest stall %d ms",
                        i, load.takeLongestStall().toMillis());
                openings.check();
                slots.fill(i);
                slots.awaitSafe();
                Bound.say(
                        "RollingRestartIT: node %d is back: longest stall %d ms",
                        i, load.takeLongestStall().toMillis());
            }
            load.flow(Duration.ofSeconds(1));
            load.end("RollingRestartIT");
            assertThat(load.flaws()).isEmpty();
            // A node that goes closes its connections; a publisher that meets this asks another node, once.
            assertThat(load.retries()).noneMatch(why -> why.contains(": 4") || why.contains(": 5"));
        }
    }

    private static void awaitAll(Load load) {
        Eventually.holds(
                "all streams",
                PATIENCE,
                () -> load.audience().subscribers().stream().allMatch(ResumingSubscriber::isOpen));
    }

    /** Adds a third node, and lets one address have all streams. */
    private static String ofThree(String configuration, List<Integer> ports) {
        String second = "server node2 127.0.0.1:" + ports.get(1);
        String third = "\n    server node3 127.0.0.1:" + ports.get(2);
        String streams = ReverseProxy.with(configuration, second + "\n\n", second + third + "\n\n");
        String track = " track streams/node2\n";
        String nodes = ReverseProxy.with(
                streams, second + track, second + track.stripTrailing() + third + " track streams/node3\n");
        return ReverseProxy.with(nodes, "gt 100 }", "gt 100000 }");
    }

    /** The times at which streams have begun, for each node. The guard is this object's monitor. */
    private static final class Openings {
        private final Map<String, List<Long>> byNode = new HashMap<>();

        synchronized void clear() {
            byNode.clear();
        }

        synchronized void take(ReceivedEvent event) {
            if (event.type().equals("stream-open")) {
                byNode.computeIfAbsent(event.json().getString("node"), first -> new ArrayList<>())
                        .add(System.nanoTime());
            }
        }

        /** Checks that no other node has got many more streams than its share in any second. */
        synchronized void check() {
            int all = byNode.values().stream().mapToInt(List::size).sum();
            double share = (double) all / DRAIN_SECONDS / (NODES - 1);
            byNode.forEach((node, nanos) -> Bound.say(
                    "RollingRestartIT: %d of %d streams came to %s, at most %d in a second (share: %.1f)",
                    nanos.size(), all, node, mostInASecond(nanos), share));
            assertThat(byNode).hasSize(NODES - 1);
            assertThat(byNode.values()).allSatisfy(nanos -> assertThat(nanos).hasSizeGreaterThanOrEqualTo(all / 8));
            // On a busy machine, a few streams may come at once.
            if (Bound.isLong()) {
                assertThat(byNode.values())
                        .allSatisfy(nanos -> assertThat(mostInASecond(nanos)).isLessThanOrEqualTo((int) (2 * share)));
            }
        }

        private static int mostInASecond(List<Long> nanos) {
            int most = 0;
            int first = 0;
            for (int i = 0; i < nanos.size(); i++) {
                while (nanos.get(i) - nanos.get(first) >= Duration.ofSeconds(1).toNanos()) {
                    first++;
                }
                most = Math.max(most, i - first + 1);
            }
            return most;
        }
    }
}
