package io.ssebridge.bench;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Publishes on the event bus at a fixed rate. Each event is a request, so that the bridge confirms that it is retained.
 */
final class BusPublishing implements Publishing {
    private static final int DIGITS = 3;
    private static final long IDLE_NANOS = 100_000;

    private final Load load;
    private final Vertx vertx;
    private final String address;
    private final long originNanos;
    private final Sent sent;
    private final Histogram answers = new ConcurrentHistogram(DIGITS);
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();
    private volatile String failure = "";

    /**
     * Creates the publishing. It begins at the origin, in the time of {@link System#nanoTime}.
     *
     * @param address the event bus address; <code>{n}</code> stands for the number of the channel
     */
    BusPublishing(Load load, Vertx vertx, String address, Sent sent, long originNanos) {
        this.load = load;
        this.vertx = vertx;
        this.address = address;
        this.originNanos = originNanos;
        this.sent = sent;
    }

    @Override
    public void run() {
        Context context = vertx.getOrCreateContext();
        long events = load.events();
        long giveUpNanos = originNanos + load.longestNanos();
        long event = 0;
        while (event < events || accepted.get() + refused.get() < events && System.nanoTime() < giveUpNanos) {
            long nowNanos = System.nanoTime() - originNanos;
            if (event < events && load.dueNanos(event) <= nowNanos) {
                long first = event;
                while (event < events && load.dueNanos(event) <= nowNanos) {
                    event++;
                }
                long end = event;
                context.runOnContext(onBus -> send(first, end));
            } else {
                LockSupport.parkNanos(IDLE_NANOS);
            }
        }
    }

    private void send(long first, long end) {
        EventBus bus = vertx.eventBus();
        for (long event = first; event < end; event++) {
            long dueNanos = load.dueNanos(event);
            int channel = load.channel(event);
            int publisher = load.publisher(event);
            byte[] data = Payload.of(publisher, sent.next(publisher, channel), dueNanos, load.size());
            bus.request(address.replace("{n}", Integer.toString(channel)), new String(data, StandardCharsets.US_ASCII))
                    .onSuccess(kept -> {
                        accepted.incrementAndGet();
                        answers.recordValue(Math.max(0, System.nanoTime() - originNanos - dueNanos));
                    })
                    .onFailure(e -> {
                        refused.incrementAndGet();
                        failure = String.valueOf(e.getMessage());
                    });
        }
    }

    @Override
    public long accepted() {
        return accepted.get();
    }

    @Override
    public long failed() {
        return load.events() - accepted.get();
    }

    @Override
    public String failure() {
        return failure;
    }

    @Override
    public Histogram answers() {
        return answers;
    }
}
