package io.ssebridge.bus;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Rendezvous hashing: everybody who knows the same nodes chooses the same one, and a node that goes moves only its own. */
final class Rendezvous {
    private Rendezvous() {}

    /** The node with the highest score for a number; null if there are no nodes. */
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

    /** The finalizer of MurmurHash3: each bit of the input changes half of the output's. */
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
