package io.ssebridge.channel;

import java.time.Duration;

/**
 * How much of a channel's past is kept.
 *
 * @param size the most frames; 0: none; 256 unless given. The memory for them is taken at the first publish: about 13 bytes a frame,
 *     twice in the cluster
 * @param ttl how long an event is kept, and how long a channel that nobody subscribes to keeps its address and its history
 *     after the last event; 10 minutes unless given
 */
public record Retention(int size, Duration ttl) {
    /** Nothing is kept: events go to who is there. An address is consumed for a minute after its last use. */
    public static final Retention NONE = new Retention(0, Duration.ofMinutes(1));

    /** What holds unless given. */
    public static final Retention DEFAULT = new Retention(256, Duration.ofMinutes(10));

    static final int MIN_SIZE = 16;
    static final int MAX_SIZE = 100_000;

    /** Whether nothing is kept. */
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
