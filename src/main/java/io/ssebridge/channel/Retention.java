package io.ssebridge.channel;

import java.time.Duration;

/**
 * How many events of a channel are retained, and for how long.
 *
 * @param size the largest number of frames; 256 by default; 0: no history. The memory for their places is allocated at
 *     the first publish: about 13 bytes a frame, twice in the cluster
 * @param ttl how long an event is retained; 10 minutes by default. A channel without subscribers keeps its address and
 *     its history for the same time after the last event
 */
public record Retention(int size, Duration ttl) {
    /**
     * No history: an event reaches the present subscribers only. An address is consumed for a minute after its last
     * use.
     */
    public static final Retention NONE = new Retention(0, Duration.ofMinutes(1));

    /** The default. */
    public static final Retention DEFAULT = new Retention(256, Duration.ofMinutes(10));

    static final int MIN_SIZE = 16;
    static final int MAX_SIZE = 100_000;

    /** Returns whether no event is retained. */
    public boolean isNone() {
        return size == 0;
    }

    /** Checks the bounds. */
    public Retention {
        if (size != 0 && (size < MIN_SIZE || size > MAX_SIZE)) {
            throw new IllegalArgumentException(
                    "history.size: %d (expected: %d to %d)".formatted(size, MIN_SIZE, MAX_SIZE));
        }
        if (ttl.isNegative() || ttl.isZero()) {
            throw new IllegalArgumentException("history.ttl: %s (expected: more than 0)".formatted(ttl));
        }
    }
}
