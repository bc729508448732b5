package io.ssebridge.leader;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes of announcements that the connections to other nodes have not taken, for all event loops of this node
 * together.
 *
 * <p>Any thread.
 */
final class UnsentBytes {
    private final ConcurrentMap<String, AtomicLong> nodes = new ConcurrentHashMap<>();

    /** Returns the count of a node. */
    AtomicLong of(String node) {
        AtomicLong known = nodes.get(node);
        return known == null ? nodes.computeIfAbsent(node, first -> new AtomicLong()) : known;
    }

    /** Forgets the nodes that have left the cluster. If one comes back, its count begins at zero. */
    void retain(Set<String> present) {
        nodes.keySet().retainAll(present);
    }
}
