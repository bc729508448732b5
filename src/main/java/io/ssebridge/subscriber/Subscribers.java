package io.ssebridge.subscriber;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The open streams of one event loop, and their clock: heartbeats, expiry, and the orderly end when the node stops.
 *
 * <p><b>Owner:</b> that event loop. Only the count is shared, by all loops of the node.
 */
public final class Subscribers {
    // Ten thousand writes in one go would keep the loop from everything else for 50 ms and more.
    private static final int SLICE = 500;
    private static final Duration DRAIN_STEP = Duration.ofMillis(100);

    private final Vertx vertx;
    private final Context context;
    private final StreamOptions options;
    private final NodeClock clock;
    private final AtomicInteger onNode;
    private final Set<Subscriber> open = new LinkedHashSet<>();
    private final long timer;

    /**
     * Starts the clock; to be called on the owner.
     *
     * @param vertx for timers
     * @param options heartbeat and time-outs
     * @param clock the time
     * @param onNode counts the streams of all event loops
     */
    public Subscribers(Vertx vertx, StreamOptions options, NodeClock clock, AtomicInteger onNode) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.options = options;
        this.clock = clock;
        this.onNode = onNode;
        long step = Math.max(20, Math.min(1_000, options.heartbeat().toMillis() / 10));
        this.timer = vertx.setPeriodic(step, tick -> tick(new ArrayDeque<>(open)));
    }

    /**
     * Takes care of a stream until it ends.
     *
     * @param subscriber a stream of this event loop
     */
    public void add(Subscriber subscriber) {
        open.add(subscriber);
        onNode.incrementAndGet();
        subscriber.onClose(() -> {
            open.remove(subscriber);
            onNode.decrementAndGet();
        });
    }

    /** How many streams are open on the whole node; any thread. */
    public int onNode() {
        return onNode.get();
    }

    private void tick(Deque<Subscriber> rest) {
        long now = clock.millis();
        for (int i = 0; i < SLICE && !rest.isEmpty(); i++) {
            rest.remove().tick(options, now);
        }
        if (!rest.isEmpty()) {
            context.runOnContext(next -> tick(rest));
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
        Promise<Void> drained = Promise.promise();
        drain(perStep, drained);
        return drained.future();
    }

    private void drain(int perStep, Promise<Void> drained) {
        List<Subscriber> next = new ArrayList<>(open).subList(0, Math.min(perStep, open.size()));
        next.forEach(subscriber -> subscriber.close(CloseReason.DRAINING));
        if (open.isEmpty()) {
            drained.complete();
        } else {
            vertx.setTimer(DRAIN_STEP.toMillis(), later -> drain(perStep, drained));
        }
    }
}
