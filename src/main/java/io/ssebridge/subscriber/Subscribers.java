package io.ssebridge.subscriber;

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
 * The open streams of one event loop, and their clock: heartbeats, expiry, and the orderly end when the node stops.
 *
 * <p><b>Owner:</b> that event loop. Only the count is shared, by all loops of the node.
 */
public final class Subscribers {
    private static final Logger LOG = LoggerFactory.getLogger(Subscribers.class);
    // Ten thousand writes in one go would keep the loop from everything else for 50 ms and more.
    private static final int SLICE = 500;
    private static final Duration DRAIN_STEP = Duration.ofMillis(100);

    private final Vertx vertx;
    private final Context context;
    private final StreamOptions options;
    private final NodeClock clock;
    private final AtomicInteger onNode;
    private final StalledStreams stalled;
    private final Set<Subscriber> open = new LinkedHashSet<>();
    private final long timer;
    // Whether all streams have been ended: one that opens late is ended too.
    private boolean drained;

    /**
     * One stream's part of what the node takes on: counted from before its head is written until its end.
     *
     * <p><b>Owner:</b> the event loop.
     */
    public final class Slot {
        private boolean held = true;

        private Slot() {}

        /** Gives it back, if that has not happened yet. */
        public void giveBack() {
            if (held) {
                held = false;
                onNode.decrementAndGet();
            }
        }
    }

    /**
     * Starts the clock; to be called on the owner.
     *
     * @param vertx for timers
     * @param options heartbeat and time-outs
     * @param clock the time
     * @param onNode counts the streams of all event loops
     * @param stalled those that do not take what is written to them
     */
    public Subscribers(
            Vertx vertx, StreamOptions options, NodeClock clock, AtomicInteger onNode, StalledStreams stalled) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.options = options;
        this.clock = clock;
        this.onNode = onNode;
        this.stalled = stalled;
        long step = Math.max(20, Math.min(1_000, options.heartbeat().toMillis() / 10));
        this.timer = vertx.setPeriodic(step, tick -> tick(new ArrayDeque<>(open)));
    }

    /**
     * Counts one more stream, if the node takes it on.
     *
     * @param max how many the node takes on, on all its event loops; 0: no limit
     * @return to be given to {@link #add} or given back; empty: the node has as many as it takes on
     */
    public Optional<Slot> admit(int max) {
        int others = onNode.getAndUpdate(streams -> isFull(streams, max) ? streams : streams + 1);
        return isFull(others, max) ? Optional.empty() : Optional.of(new Slot());
    }

    /**
     * Tells whether the node takes on no more streams.
     *
     * @param max how many it takes on, on all its event loops; 0: no limit
     */
    public boolean isFull(int max) {
        return isFull(onNode.get(), max);
    }

    private static boolean isFull(int streams, int max) {
        return max > 0 && streams >= max;
    }

    /**
     * Takes care of a stream until it ends.
     *
     * @param subscriber a stream of this event loop; it may have ended already
     * @param slot is given back at its end
     */
    public void add(Subscriber subscriber, Slot slot) {
        open.add(subscriber);
        subscriber.countIn(stalled);
        subscriber.onClose(() -> {
            open.remove(subscriber);
            slot.giveBack();
        });
        if (drained) {
            subscriber.close(CloseReason.DRAINING);
        }
    }

    private void tick(Deque<Subscriber> rest) {
        long elapsedMillis = clock.elapsedMillis();
        long millis = clock.millis();
        try {
            for (int i = 0; i < SLICE && !rest.isEmpty(); i++) {
                tick(rest.remove(), elapsedMillis, millis);
            }
        } finally {
            if (!rest.isEmpty()) {
                context.runOnContext(next -> tick(rest));
            }
        }
    }

    /** A stream that fails is cut: the others are looked after all the same, and it does not fail again. */
    private void tick(Subscriber subscriber, long elapsedMillis, long millis) {
        boolean done = false;
        try {
            subscriber.tick(options, elapsedMillis, millis);
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
     * Ends all streams, spread over a time so that their clients do not come back to the other nodes at one moment.
     *
     * @param over the time to spread them over
     * @return when the last has ended
     */
    public Future<Void> drain(Duration over) {
        vertx.cancelTimer(timer);
        int steps = (int) Math.max(1, over.toMillis() / DRAIN_STEP.toMillis());
        int perStep = (open.size() + steps - 1) / steps;
        Promise<Void> ended = Promise.promise();
        drain(Math.max(1, perStep), ended);
        return ended.future();
    }

    private void drain(int perStep, Promise<Void> ended) {
        try {
            for (int i = 0; i < perStep && !open.isEmpty(); i++) {
                Subscriber next = open.iterator().next();
                // Even one that cannot be closed is not tried again: it would stand before all others for ever.
                open.remove(next);
                next.close(CloseReason.DRAINING);
            }
        } finally {
            if (open.isEmpty()) {
                drained = true;
                ended.complete();
            } else {
                vertx.setTimer(DRAIN_STEP.toMillis(), later -> drain(perStep, ended));
            }
        }
    }
}
