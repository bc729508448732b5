package io.ssebridge.membership;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Rendezvous hashing: all nodes that know the same nodes choose the same one. A node that leaves moves only its own
 * shards.
 */
final class Rendezvous {
    private Rendezvous() {}

    /** Returns the node with the highest score for a number, or null if there are no nodes. */
    static @Nullable String choose(int number, Collection<String> nodes) {
        String best = null;
        long bestScore = 0;
        for (String node : nodes) {
            long score = mix(mix(node.hashCode()) + number);
            if (best == null || score > bestScore || score == bestScore && node.compareTo(best) > 0) {
                best = node;
                bestScore = score;
            }
        }
        return best;
    }

    /**
     * Mixes bits as the finalizer of MurmurHash3 does: each bit of the input changes half of the bits of the output.
     */
    static long mix(long value) {
        long h = value;
        h ^= h >>> 33;
        h *= 0xff51afd7ed558ccdL;
        h ^= h >>> 33;
        h *= 0xc4ceb9fe1a85ec53L;
        h ^= h >>> 33;
        return h;
    }
}
