package io.ssebridge.subscriber;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes outside the heap that the stalled streams of a node hold, and bounds them. Bytes that several
 * streams share count once. Beyond the limit, the streams that have been stalled longest are cut. Their clients come
 * back with their ids, and miss no event that the history still has. Any thread.
 */
public final class StalledBytes {
    private final long limit;
    private final AtomicLong held = new AtomicLong();
    private final AtomicInteger streams = new AtomicInteger();
    private final AtomicLong turn = new AtomicLong();
    private final List<StalledStreams> loops = new CopyOnWriteArrayList<>();
    private final Counter cut;

    /**
     * Creates a counter at zero.
     *
     * @param limit the configured bound; half of the direct memory of the JVM if that is less
     * @param meters counts the streams that are cut
     */
    public StalledBytes(long limit, MeterRegistry meters) {
        this.limit = Math.min(limit, DirectMemory.most() / 2);
        this.cut = Counter.builder("sse.stalled.cut")
                .description("Stalled streams that were cut because all of them held too many bytes")
                .register(meters);
        var unused = Gauge.builder("sse.stalled.bytes", held, AtomicLong::get)
                .description("Bytes outside the heap that stalled streams hold")
                .register(meters);
        unused = Gauge.builder("sse.subscribers.stalled", streams, AtomicInteger::get)
                .description("Streams with sockets that have not taken all written bytes")
                .register(meters);
    }

    /** Returns the bytes that are held. */
    public long held() {
        return held.get();
    }

    long limit() {
        return limit;
    }

    boolean isExceeded() {
        return held.get() > limit;
    }

    void add(long bytes) {
        held.addAndGet(bytes);
    }

    /** Counts one more stalled stream. */
    void stalls() {
        streams.incrementAndGet();
    }

    /** Counts one stalled stream less. */
    void flows() {
        streams.decrementAndGet();
    }

    void countCut() {
        cut.increment();
    }

    /** Numbers the stalls of the node: a smaller number means an earlier stall. */
    long nextTurn() {
        return turn.incrementAndGet();
    }

    void join(StalledStreams loop) {
        loops.add(loop);
    }

    /** Tells whether the stream that has been stalled longest belongs to this event loop. */
    boolean hasOldest(StalledStreams loop) {
        long oldest = loop.oldestTurn();
        return oldest != StalledStreams.NONE && loops.stream().allMatch(other -> oldest <= other.oldestTurn());
    }

    /** Makes the event loop with the oldest stall cut streams until the limit is kept. */
    void relieve() {
        loops.stream().filter(this::hasOldest).findFirst().ifPresent(StalledStreams::cutSoon);
    }

    /** Makes every event loop cut half of its stalled streams, because memory outside the heap is used up. */
    void makeRoom() {
        loops.forEach(StalledStreams::cutHalfSoon);
    }
}
