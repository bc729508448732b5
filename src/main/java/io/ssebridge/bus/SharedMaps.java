package io.ssebridge.bus;

import io.ssebridge.time.NodeClock;
import java.time.Duration;

/**
 * The maps that all nodes share.
 *
 * @param leaders which node leads each shard
 * @param channels which channels there are: since when each has no history, or 0
 * @param keys where events with keys are, by batches; an entry need not be kept for longer than {@link #KEYS_KEPT}, and
 *     those of one shard are to be kept together
 */
public record SharedMaps(
        SharedMap<Integer, String> leaders, SharedMap<String, Long> channels, SharedMap<String, long[]> keys) {
    /** Longer than a key counts: what is too old is for its reader to say, to the second. */
    public static final Duration KEYS_KEPT = Keys.WINDOW.plusSeconds(15);

    private static final int MAX_BATCHES = 20_000;

    /** Maps of a node without a cluster. */
    static SharedMaps local(NodeClock clock) {
        return new SharedMaps(
                new LocalMap<>(clock), new LocalMap<>(clock), new LocalMap<>(clock, KEYS_KEPT, MAX_BATCHES));
    }
}
