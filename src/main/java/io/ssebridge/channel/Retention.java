package io.ssebridge.channel;

import io.ssebridge.config.Range;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * How many events of a channel are retained, and for how long.
 *
 * @param size the largest number of frames; 256 by default; 0: no history. The memory for their slots is allocated at
 *     the first publish: about 13 bytes a frame, twice in the cluster
 * @param ttl how long an event is retained; 10 minutes by default. A channel without subscribers keeps its address and
 *     its history for the same time after the last event
 */
public record Retention(int size, Duration ttl) {
    static final Range<Integer> SIZES = Range.ofNumbers(16, 100_000);
    static final Range<Duration> TTLS = Range.ofDurations(Duration.ofMillis(1), Duration.ofDays(30));

    /**
     * No history: an event reaches the present subscribers only. An address is consumed for a minute after its last
     * use.
     */
    public static final Retention NONE = new Retention(0, Duration.ofMinutes(1));

    /** The default. */
    public static final Retention DEFAULT = new Retention(256, Duration.ofMinutes(10));

    /** Returns whether no event is retained. */
    public boolean isNone() {
        return size == 0;
    }

    /** Checks the bounds. */
    public Retention {
        if (size != 0) {
            SIZES.check("history.size", size);
        }
        TTLS.check("history.ttl", ttl);
    }

    /** Returns the value of the key {@code history}: {@code none}, or an object with {@code size} and {@code ttl}. */
    Object toJson() {
        return isNone() ? "none" : new JsonObject().put("size", size).put("ttl", TTLS.write(ttl));
    }
}
