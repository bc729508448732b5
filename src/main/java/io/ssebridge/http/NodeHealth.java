package io.ssebridge.http;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The health of a node, which its health checks report. Any thread.
 *
 * <p>A node is live unless it has failed permanently or one of its event loops is stuck. Each event loop beats once a
 * second. A health check compares all beats with the newest one. So a process that was frozen as a whole is live as
 * soon as it runs again. If every loop is stuck, the health check gets no answer.
 */
public final class NodeHealth {
    /** The interval of an event loop's beats. */
    public static final long BEAT_MILLIS = 1_000;

    // With a beat each second, a stuck loop is noticed within 8 s.
    static final long STUCK_MILLIS = 7_000;

    private static final Logger LOG = LoggerFactory.getLogger(NodeHealth.class);
    private static final int MOST_CAUSES = 16;

    private final NodeClock clock;
    private final List<Check> checks;
    private final List<Pulse> pulses = new CopyOnWriteArrayList<>();
    private final Promise<Throwable> failed = Promise.promise();

    /** The beats of one event loop. */
    public final class Pulse {
        private volatile long lastMillis;

        private Pulse() {
            beat();
        }

        /** Shows that the event loop runs; called on that loop. */
        public void beat() {
            lastMillis = clock.elapsedMillis();
        }

        /** Ends the watch: this event loop will not beat again. */
        public void end() {
            pulses.remove(this);
        }
    }

    /**
     * One condition of being ready.
     *
     * @param name a short word for operators
     * @param isUp tells whether it holds; any thread
     * @param data more about it, for operators; any thread
     */
    public record Check(String name, BooleanSupplier isUp, Supplier<JsonObject> data) {}

    /**
     * Creates the health of a node that has not failed.
     *
     * @param clock the time
     * @param checks the conditions under which load balancers should send clients here
     */
    public NodeHealth(NodeClock clock, Check... checks) {
        this.clock = clock;
        this.checks = List.of(checks);
    }

    /** Returns all conditions of being ready, also those of a live node. */
    public List<Check> checks() {
        List<Check> all = new ArrayList<>(checks);
        all.add(new Check("node", () -> !failed.future().isComplete(), JsonObject::new));
        all.add(new Check("event-loops", () -> !isStuck(), () -> new JsonObject().put("watched", pulses.size())));
        return all;
    }

    /** Starts watching an event loop. */
    public Pulse watch() {
        Pulse pulse = new Pulse();
        pulses.add(pulse);
        return pulse;
    }

    /** Tells whether the node works. */
    public boolean isLive() {
        return !failed.future().isComplete() && !isStuck();
    }

    /** Tells whether load balancers should send clients here. */
    public boolean isReady() {
        return isLive() && checks.stream().allMatch(check -> check.isUp().getAsBoolean());
    }

    private boolean isStuck() {
        long newestMillis = Long.MIN_VALUE;
        long oldestMillis = Long.MAX_VALUE;
        for (Pulse pulse : pulses) {
            long lastMillis = pulse.lastMillis;
            newestMillis = Math.max(newestMillis, lastMillis);
            oldestMillis = Math.min(oldestMillis, lastMillis);
        }
        return newestMillis - oldestMillis > STUCK_MILLIS && newestMillis > oldestMillis;
    }

    /**
     * Fails the node permanently. Only the first cause counts.
     *
     * @param cause the reason
     */
    public void fail(Throwable cause) {
        // False if the node has already failed.
        boolean unused = failed.tryComplete(cause);
    }

    /** Returns a future that completes with the cause when the node has failed permanently. */
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
        if (!isOfGoneClient(unhandled)) {
            LOG.error("Unhandled exception", unhandled);
        }
    }

    /** Vert.x 5.1.6 fails if a client leaves just before a file is sent to it. Any client could fill the log with that. */
    private static boolean isOfGoneClient(Throwable unhandled) {
        StackTraceElement[] trace = unhandled.getStackTrace();
        return unhandled instanceof NullPointerException
                && trace.length > 0
                && trace[0].getMethodName().equals("cancel")
                && trace[0].getClassName().startsWith("io.vertx.core.http.impl.");
    }

    /**
     * Tells whether the JVM has no memory left, after which any object may be half changed. A stack overflow or a lack
     * of memory outside the heap only breaks the one operation.
     *
     * @param failure any exception
     */
    public static boolean isOutOfMemory(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; i < MOST_CAUSES && cause != null; i++) {
            // Netty's error for its direct memory is a subclass; the JDK's error has this message.
            if (cause.getClass() == OutOfMemoryError.class
                    && !String.valueOf(cause.getMessage()).contains("direct buffer memory")) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
