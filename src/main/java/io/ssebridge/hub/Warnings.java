package io.ssebridge.hub;

import io.ssebridge.time.NodeClock;
import java.time.Duration;
import org.slf4j.Logger;

/**
 * Logs a warning at most once a minute, when it applies to many channels at the same time.
 *
 * <p><b>Owner:</b> the owner of the channels.
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
     * Logs a warning, unless one was logged within the last minute.
     *
     * @param format with a placeholder for each argument; an exception as the last argument is logged with its stack
     *     trace
     */
    void warn(String format, Object... arguments) {
        long now = clock.elapsedMillis();
        if (now >= next) {
            next = now + MINUTE_MILLIS;
            log.warn(format + " (said at most once a minute)", arguments);
        }
    }
}
