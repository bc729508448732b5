package io.ssebridge.hub;

import io.ssebridge.time.NodeClock;
import java.time.Duration;
import org.slf4j.Logger;

/**
 * Says the same about many channels, of which it is true at the same time, once a minute.
 *
 * <p><b>Owner:</b> that of the channels.
 */
final class Warnings {
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();

    private final Logger log;
    private final NodeClock clock;
    private long next = Long.MIN_VALUE;

    Warnings(Logger log, NodeClock clock) {
        this.log = log;
        this.clock = clock;
    }

    /**
     * Says something unless it was said within a minute.
     *
     * @param format with a place for each argument; an exception at the end comes with its stack
     */
    void warn(String format, Object... arguments) {
        long now = clock.elapsedMillis();
        if (now >= next) {
            next = now + MINUTE_MILLIS;
            log.warn(format + " (said at most once a minute)", arguments);
        }
    }
}
