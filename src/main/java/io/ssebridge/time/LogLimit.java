package io.ssebridge.time;

import java.time.Duration;

/**
 * Limits a log message to one line per minute, because many incidents at once would fill the disk.
 *
 * <p><b>Owner:</b> the owner of the object that logs.
 */
public final class LogLimit {
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();

    private final NodeClock clock;
    private long nextMillis = Long.MIN_VALUE;

    /** Creates a limit that lets the first line through. */
    public LogLimit(NodeClock clock) {
        this.clock = clock;
    }

    /** Writes a line by running it, unless a line has been written within the last minute. */
    public void log(Runnable line) {
        long nowMillis = clock.elapsedMillis();
        if (nowMillis >= nextMillis) {
            nextMillis = nowMillis + MINUTE_MILLIS;
            line.run();
        }
    }
}
