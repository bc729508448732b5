package io.ssebridge.subscriber;

import io.ssebridge.loop.LoopThread;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open streams of one event loop, and their timer: heartbeats, expiry, and the orderly end when the node stops.
 *
 * <p><b>Owner:</b> that event loop. Only the count is shared, by all event loops of the node.
 */
public final class Subscribers {
    private static final Logger LOG = LoggerFactory.getLogger(Subscribers.class);
    // Ten thousand writes in one task would block the loop for 50 ms or more.
    private static final int SLICE = 500;
    private static final Duration DRAIN_STEP = Duration.ofMillis(100);
    private static final Duration LATE_DRAIN_STEP = Duration.ofMillis(67);

    private final Vertx vertx;
    private final Context context;
    private final LoopThread thread;
    private StreamOptions options;
    private final NodeClock clock;
    private final AtomicInteger onNode;
    private final StalledStreams stalled;
    private final Deliveries deliveries;
    private final Set<Subscriber> open = new LinkedHashSet<>();
    private final long timer;
    // Whether all streams have been ended: a stream that opens later is ended too.
    private boolean drained;

    /**
     * One stream in the count of the node's streams, from before its head is written until its end.
     *
     * <p><b>Owner:</b> the event loop.
     */
    public final class Slot {
        private boolean held = true;
        private Runnable more = () -> {};

        private Slot() {}

        /**
         * Sets what is given back together with the slot.
         *
         * @param release gives it back; runs once, at once if the slot has been given back already
         */
        public void with(Runnable release) {
            thread.assertHere();
            if (held) {
                more = release;
            } else {
                release.run();
            }
        }

        /** Gives the slot back, if that has not happened yet. */
        public void giveBack() {
            thread.assertHere();
            if (held) {
                held = false;
                onNode.decrementAndGet();
                more.run();
            }
        }
    }

    /**
     * Starts the timer; called on the owner.
     *
     * @param vertx for timers
     * @param options heartbeat and time-outs
     * @param clock the time
     * @param onNode counts the streams of all event loops
     * @param stalled the streams with sockets that do not take all written bytes
     * @param meters counts what the streams get, and their ends
     */
    public Subscribers(
            Vertx vertx,
            StreamOptions options,
            NodeClock clock,
            AtomicInteger onNode,
            StalledStreams stalled,
            StreamMeters meters) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.thread = new LoopThread(context);
        this.options = options;
        this.clock = clock;
        this.onNode = onNode;
        this.stalled = stalled;
        this.deliveries = new Deliveries(meters);
        long step = Math.max(20, Math.min(1_000, options.heartbeat().toMillis() / 10));
        this.timer = vertx.setPeriodic(step, tick -> tick(new ArrayDeque<>(open)));
    }

    /**
     * Takes other options for all streams.
     *
     * @param others {@code warnBeforeExpiry} may differ from before
     */
    public void options(StreamOptions others) {
        thread.assertHere();
        options = others;
    }

    /**
     * Counts one more stream, if the node accepts it.
     *
     * @param max the largest number of streams on all event loops of the node; 0: no limit
     * @return the slot, for {@link #add} or {@link Slot#giveBack}; empty: the node has its largest number of streams
     */
    public Optional<Slot> admit(int max) {
        thread.assertHere();
        int others = onNode.getAndUpdate(streams -> isFull(streams, max) ? streams : streams + 1);
        return isFull(others, max) ? Optional.empty() : Optional.of(new Slot());
    }

    /**
     * Tells whether the node accepts no more streams.
     *
     * @param max the largest number of streams on all event loops of the node; 0: no limit
     */
    public boolean isFull(int max) {
        return isFull(onNode.get(), max);
    }

    private static boolean isFull(int streams, int max) {
        return max > 0 && streams >= max;
    }

    /**
     * Adds a stream, and keeps it alive until it ends.
     *
     * @param subscriber a stream of this event loop; it may have ended already
     * @param slot given back when the stream ends
     */
    public void add(Subscriber subscriber, Slot slot) {
        thread.assertHere();
        open.add(subscriber);
        subscriber.countIn(stalled, deliveries);
        subscriber.onClose(() -> {
            open.remove(subscriber);
            slot.giveBack();
        });
        if (drained) {
            subscriber.close(CloseReason.DRAINING);
        }
    }

    private void tick(Deque<Subscriber> rest) {
        deliveries.report();
        long elapsedMillis = clock.elapsedMillis();
        long wallMillis = clock.millis();
        try {
            for (int i = 0; i < SLICE && !rest.isEmpty(); i++) {
                tick(rest.remove(), elapsedMillis, wallMillis);
            }
        } finally {
            if (!rest.isEmpty()) {
                context.runOnContext(next -> tick(rest));
            }
        }
    }

    /**
     * Ticks one stream. A stream that fails is cut, so that it does not fail again; the other streams are not affected.
     */
    private void tick(Subscriber subscriber, long elapsedMillis, long wallMillis) {
        boolean done = false;
        try {
            subscriber.tick(options, elapsedMillis, wallMillis);
            done = true;
        } catch (NoDirectMemoryException e) {
            // The next tick tries again.
            LOG.debug("No heartbeat: {}", e.getMessage());
            done = true;
        } finally {
            if (!done) {
                subscriber.cut();
            }
        }
    }

    /**
     * Ends all streams, spread over some time, so that their clients do not all reconnect to other nodes at one moment.
     *
     * @param over the time over which they end
     * @return completes when the last stream has ended
     */
    public Future<Void> drain(Duration over) {
        thread.assertHere();
        vertx.cancelTimer(timer);
        Promise<Void> ended = Promise.promise();
        int steps = (int) Math.max(1, over.toMillis() / DRAIN_STEP.toMillis());
        drain(open.size(), 1, steps, System.nanoTime(), ended);
        return ended.future();
    }

    /** Ends as many streams as belong to this step and the steps before it; the last step ends all others. */
    private void drain(int all, int step, int steps, long dueNanos, Promise<Void> ended) {
        int stay = step >= steps ? 0 : (int) ((long) all * (steps - step) / steps);
        try {
            while (open.size() > stay) {
                Subscriber next = open.iterator().next();
                // Removed first: a stream that cannot be closed must not block all others for ever.
                open.remove(next);
                next.close(CloseReason.DRAINING);
            }
        } finally {
            deliveries.report();
            if (open.isEmpty()) {
                drained = true;
                ended.complete();
            } else {
                // Each step has a fixed time, so that delays of a busy event loop do not add up: a second after the
                // whole time, the server closes all connections. Late steps follow each other faster, but not all at
                // once.
                long nextNanos = dueNanos + DRAIN_STEP.toNanos();
                long restMillis =
                        Duration.ofNanos(nextNanos - System.nanoTime()).toMillis();
                var unused = vertx.setTimer(
                        Math.max(LATE_DRAIN_STEP.toMillis(), restMillis),
                        later -> drain(all, step + 1, steps, nextNanos, ended));
            }
        }
    }
}
