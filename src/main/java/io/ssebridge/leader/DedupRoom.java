package io.ssebridge.leader;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory of a node for recognising duplicates, which the {@link RecentUids} of its event loops share. Each event loop has
 * {@link #OWN_BYTES} for itself: its tables need some room even if they are empty. It takes what it needs beyond that from the
 * shared part. A busy event loop may take all of that.
 *
 * <p>Any thread.
 */
public final class DedupRoom {
    /** The bytes that each event loop has for itself. */
    static final long OWN_BYTES = 64 << 10;

    private final long sharedBytes;
    private final AtomicLong taken = new AtomicLong();
    private final List<RecentUids> members = new CopyOnWriteArrayList<>();
    private final Counter forgottenEarly;

    /**
     * Creates the room of a node that knows no events yet.
     *
     * @param maxBytes the largest number of bytes, {@code limits.dedupBytes}. If the own parts of all event loops are more, that
     *     counts
     * @param loops the number of event loops
     * @param meters the metrics
     */
    public DedupRoom(long maxBytes, int loops, MeterRegistry meters) {
        this.sharedBytes = Math.max(0, maxBytes - loops * OWN_BYTES);
        this.forgottenEarly = Counter.builder("sse.dedup.forgotten")
                .description("Events that were forgotten before their time, since too many came: one that is published "
                        + "again may be taken for another")
                .register(meters);
        var unused = Gauge.builder(
                        "sse.dedup.bytes",
                        members,
                        all -> all.stream().mapToLong(RecentUids::sweptBytes).sum())
                .description("Memory of the node for recognising duplicates")
                .baseUnit("bytes")
                .register(meters);
    }

    void add(RecentUids member) {
        members.add(member);
    }

    /**
     * Counts the change of an event loop's bytes.
     *
     * @param bytesBefore its bytes at the last count
     * @param bytes its bytes now
     */
    void count(long bytesBefore, long bytes) {
        long more = beyondOwn(bytes) - beyondOwn(bytesBefore);
        if (more != 0) {
            taken.addAndGet(more);
        }
    }

    private static long beyondOwn(long bytes) {
        return Math.max(0, bytes - OWN_BYTES);
    }

    /** Returns whether an event loop with this number of bytes must forget events. */
    boolean isOver(long bytes) {
        return !isOwn(bytes) && taken.get() > sharedBytes;
    }

    /** Returns whether an event loop with this number of bytes takes nothing of the shared part. */
    boolean isOwn(long bytes) {
        return bytes <= OWN_BYTES;
    }

    /**
     * Returns whether little of the shared part is left, and an event loop with this number of bytes takes some of it. Then the
     * event loop with the oldest events forgets them, so that another one does not have to forget younger ones.
     */
    boolean isScarce(long bytes) {
        return members.size() > 1 && !isOwn(bytes) && taken.get() > sharedBytes - sharedBytes / 16;
    }

    /** Returns the time of the oldest event of the other event loops that take some of the shared part. */
    long oldestOfOthers(RecentUids member) {
        long oldest = Long.MAX_VALUE;
        for (RecentUids each : members) {
            if (each != member) {
                oldest = Math.min(oldest, each.oldestSinceMillis());
            }
        }
        return oldest;
    }

    /** Counts an event that was forgotten before its time. */
    void forgottenEarly() {
        forgottenEarly.increment();
    }
}
