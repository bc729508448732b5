package io.ssebridge.bus;

import io.ssebridge.time.NodeClock;
import java.time.Duration;

/**
 * Lets one line of the log through per minute: the incidents that it tells of may be many, and would fill the disk.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class LogLimit {
    private static final long MINUTE = Duration.ofMinutes(1).toMillis();

    private final NodeClock clock;
    private long nextMillis = Long.MIN_VALUE;

    LogLimit(NodeClock clock) {
        this.clock = clock;
    }

    /** Runs what writes the line, unless one has been written within the last minute. */
    void log(Runnable line) {
        long now = clock.elapsedMillis();
        if (now >= nextMillis) {
            nextMillis = now + MINUTE;
            line.run();
        }
    }
}
