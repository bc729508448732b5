package io.ssebridge.http;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a node works: what its health checks answer. Any thread.
 *
 * <p>A node is live unless it has failed for good or one of its event loops is stuck. Each event loop beats once a second,
 * and whichever answers a health check compares all of them with the one that has beaten last. So a process that was frozen
 * as a whole is live at once when it goes on. When every loop is stuck, nothing answers the health check.
 */
public final class NodeHealth {
    /** How often each event loop has to beat. */
    public static final long BEAT_MILLIS = 1_000;

    // With the beats of a second between, a stuck loop is noticed within 8 s.
    static final long STUCK_MILLIS = 7_000;

    private static final Logger LOG = LoggerFactory.getLogger(NodeHealth.class);
    private static final int MOST_CAUSES = 16;

    private final NodeClock clock;
    private final BooleanSupplier ready;
    private final List<Pulse> pulses = new CopyOnWriteArrayList<>();
    private final Promise<Throwable> failed = Promise.promise();

    /** The beats of one event loop. */
    public final class Pulse {
        private volatile long lastMillis;

        private Pulse() {
            beat();
        }

        /** Shows that the event loop runs; to be called there. */
        public void beat() {
            lastMillis = clock.elapsedMillis();
        }

        /** Ends the watch: the event loop will not beat again. */
        public void end() {
            pulses.remove(this);
        }
    }

    /**
     * Makes the health of a node that has not failed.
     *
     * @param clock the time
     * @param ready whether load balancers should send clients here, as far as the node itself knows
     */
    public NodeHealth(NodeClock clock, BooleanSupplier ready) {
        this.clock = clock;
        this.ready = ready;
    }

    /** Begins to watch an event loop. */
    public Pulse watch() {
        Pulse pulse = new Pulse();
        pulses.add(pulse);
        return pulse;
    }

    /** Whether the node works. */
    public boolean isLive() {
        return !failed.future().isComplete() && !isStuck();
    }

    /** Whether load balancers should send clients here. */
    public boolean isReady() {
        return isLive() && ready.getAsBoolean();
    }

    private boolean isStuck() {
        long newest = Long.MIN_VALUE;
        long oldest = Long.MAX_VALUE;
        for (Pulse pulse : pulses) {
            long last = pulse.lastMillis;
            newest = Math.max(newest, last);
            oldest = Math.min(oldest, last);
        }
        return newest - oldest > STUCK_MILLIS && newest > oldest;
    }

    /**
     * Fails the node for good. Only the first cause counts.
     *
     * @param cause why
     */
    public void fail(Throwable cause) {
        // Nobody has to listen.
        boolean unused = failed.tryComplete(cause);
    }

    /** The cause, once the node has failed for good. */
    public Future<Throwable> failed() {
        return failed.future();
    }

    /**
     * Takes an exception that nothing has handled: logs it, and fails the node if the heap is exhausted.
     *
     * @param unhandled the exception
     */
    public void unhandled(Throwable unhandled) {
        if (isOutOfMemory(unhandled)) {
            fail(unhandled);
        }
        LOG.error("Unhandled exception", unhandled);
    }

    /**
     * Whether the JVM has no memory left, after which any object may be half changed. A stack that overflows, and a buffer
     * outside of the heap that cannot be had, leave everything but the one operation intact.
     *
     * @param failure any exception
     */
    public static boolean isOutOfMemory(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < MOST_CAUSES && cause != null; i++) {
            // Netty's error for its own direct memory is a subclass; the JDK's has this message.
            if (cause.getClass() == OutOfMemoryError.class
                    && !String.valueOf(cause.getMessage()).contains("direct buffer memory")) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
