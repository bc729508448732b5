package io.ssebridge.fault;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The nodes as a balancer has them that gives each client to the node with the fewest: for some seconds it asks no node that gave no
 * stream. Guarded by its monitor.
 */
final class CrowdNodes {
    private static final Duration AVOIDED = Duration.ofSeconds(5);

    private final List<URI> nodes;
    private final int[] clients;
    private final long[] askableNanos;

    CrowdNodes(List<URI> nodes) {
        this.nodes = nodes;
        this.clients = new int[nodes.size()];
        this.askableNanos = new long[nodes.size()];
        Arrays.fill(askableNanos, System.nanoTime());
    }

    URI uri(int node) {
        return nodes.get(node);
    }

    /** The node with the fewest clients, which has one more now; one that is avoided only if all are. */
    synchronized int take() {
        long nowNanos = System.nanoTime();
        int best = IntStream.range(0, clients.length)
                .boxed()
                .min(Comparator.<Integer, Boolean>comparing(node -> nowNanos - askableNanos[node] < 0)
                        .thenComparing(node -> clients[node]))
                .orElseThrow();
        clients[best]++;
        return best;
    }

    /** A client leaves a node. */
    synchronized void leave(int node) {
        clients[node]--;
    }

    /** A node gave no stream. */
    synchronized void avoid(int node) {
        askableNanos[node] = System.nanoTime() + AVOIDED.toNanos();
    }
}
