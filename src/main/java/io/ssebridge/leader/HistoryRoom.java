package io.ssebridge.leader;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The room for the histories of the channels that this node leads, in bytes. When little is left, the event loops destroy
 * histories of channels that nobody uses. When none is left, events that need more are refused.
 *
 * <p>Any thread: the count is atomic.
 */
public final class HistoryRoom {
    // Histories are destroyed before events must be refused, and some more, so that it does not begin again at once.
    private static final double SCARCE = 0.9;
    private static final double ENOUGH = 0.8;

    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final IdleHistories idle;
    private volatile boolean makingRoom;
    private final Counter evicted;
    private final Counter refused;

    /**
     * Creates the room of a node that leads no channel yet.
     *
     * @param maxBytes the largest number of bytes
     * @param loops the number of event loops that lead channels
     * @param meters the metrics
     */
    public HistoryRoom(long maxBytes, int loops, MeterRegistry meters) {
        this.maxBytes = maxBytes;
        this.idle = new IdleHistories(loops);
        this.evicted = Counter.builder("sse.history.evicted")
                .description("Histories that were destroyed because of limits.historyBytes")
                .register(meters);
        this.refused = Counter.builder("sse.history.refused")
                .description("Requests to publish that were refused because of limits.historyBytes")
                .register(meters);
        Gauge.builder("sse.history.bytes", bytes, AtomicLong::get)
                .description("Bytes of the histories that this node leads, estimated")
                .baseUnit("bytes")
                .register(meters);
    }

    /** Counts more bytes, or less. */
    void add(long moreBytes) {
        bytes.addAndGet(moreBytes);
    }

    /** Returns whether there is room for more bytes. */
    boolean hasRoomFor(long moreBytes) {
        return moreBytes <= 0 || bytes.get() + moreBytes <= maxBytes;
    }

    /** Returns whether histories that nobody uses should be destroyed: from the time when room was scarce until there is enough, or no history is left to destroy. */
    boolean isMakingRoom(long nowMillis) {
        if (isScarce()) {
            makingRoom = true;
        } else if (isEnough() || !idle.isOffered(nowMillis)) {
            makingRoom = false;
        }
        return makingRoom;
    }

    /** Returns whether little room is left. */
    boolean isScarce() {
        return bytes.get() > maxBytes * SCARCE;
    }

    /** Returns whether no more histories need to be destroyed. */
    boolean isEnough() {
        boolean enough = bytes.get() <= maxBytes * ENOUGH;
        if (enough) {
            makingRoom = false;
        }
        return enough;
    }

    /** Returns the number of bytes to free until there is enough room. */
    long bytesToFree() {
        return (long) Math.ceil(bytes.get() - maxBytes * ENOUGH);
    }

    /** Returns the histories that may be destroyed to make room. */
    IdleHistories idle() {
        return idle;
    }

    /** Counts a history that is destroyed. */
    void evicted() {
        evicted.increment();
    }

    /** Returns the failure of a publish that finds no room. */
    <T> Future<T> refuse() {
        refused.increment();
        return Future.failedFuture(Refusals.of(
                Refusals.TOO_MANY,
                "limits.historyBytes: the histories that this node leads have %d bytes".formatted(maxBytes)));
    }
}
