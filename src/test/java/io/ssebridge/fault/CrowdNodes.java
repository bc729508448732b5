package io.ssebridge.fault;

import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

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

    /** The node with the fewest clients, which has one more now. */
    synchronized int take() {
        long nowNanos = System.nanoTime();
        int best = -1;
        for (int node = 0; node < clients.length; node++) {
            boolean isAskable = nowNanos - askableNanos[node] >= 0;
            if (isAskable && (best < 0 || clients[node] < clients[best])) {
                best = node;
            }
        }
        if (best < 0) {
            best = 0;
        }
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
