package io.ssebridge.time;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * The two clocks of a node. Any thread may use them.
 *
 * <p>The wall clock ({@link #instant}, {@link #millis}) is for times that people or other machines read: the time of an
 * event, the expiry of a token. An operator or a time server may set it forwards or backwards at any moment. The
 * monotonic clock ({@link #elapsedMillis}) is for every interval that the node measures itself: heartbeats, time-outs,
 * idle times, windows. It never runs backwards.
 */
public interface NodeClock extends InstantSource {
    /**
     * Returns the monotonic time.
     *
     * @return milliseconds since an arbitrary moment; only the difference between two readings on one node has a
     *     meaning
     * @see System#nanoTime()
     */
    long elapsedMillis();

    /** Returns the clocks of this machine. */
    static NodeClock system() {
        return new NodeClock() {
            @Override
            public Instant instant() {
                return InstantSource.system().instant();
            }

            @Override
            public long millis() {
                return System.currentTimeMillis();
            }

            @Override
            public long elapsedMillis() {
                return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
            }
        };
    }
}
