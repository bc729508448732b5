package io.ssebridge.leader;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.event.Cursor;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The recent events of the leaders on one event loop, by uid. A repeated submission of an event gets the same answer as the
 * first one.
 *
 * <p>An event without a key can be repeated while a client waits for its answer, and an event with a key for {@link
 * IdempotencyKeys#WINDOW}. Both times are exact to the millisecond of the monotonic clock. All channels of the event loop share one
 * limit of bytes, which is its part of the limit of the node. Above the limit the oldest events are forgotten first.
 *
 * <p>Remembered cursors are valid only while the history stays the same. So each entry belongs to a <i>term</i>. A
 * leader that is in doubt about its history begins a new term, and finds no entries of the old one.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
public final class RecentUids {
    // Longer than any client waits for an answer.
    private static final Duration HANDED_OVER_FOR = Duration.ofSeconds(20);
    // A sweep must not delay the other work of the node.
    private static final int MAX_SWEPT = 20_000;

    private final LoopThread owner;
    private final long maxBytes;
    private final NodeClock clock;
    private final UidTable handedOver = new UidTable();
    private final UidTable keyed = new UidTable();
    private final Counter forgottenEarly;
    private volatile long bytes;
    private int lastTerm;

    /**
     * A known event.
     *
     * @param arrival identifies its first arrival
     * @param cursor its cursor in the history
     */
    record Known(long arrival, Cursor.At cursor) {}

    /**
     * Creates an empty memory.
     *
     * @param owner the event loop of the channels
     * @param maxBytes the largest number of bytes
     */
    public RecentUids(LoopThread owner, long maxBytes, NodeClock clock, MeterRegistry meters) {
        this.owner = owner;
        this.maxBytes = maxBytes;
        this.clock = clock;
        this.forgottenEarly = Counter.builder("sse.dedup.forgotten")
                .description("Events that were forgotten before their time, since too many came: one that is published "
                        + "again may be taken for another")
                .register(meters);
    }

    /**
     * Registers the metric of the memory.
     *
     * @param all those of each event loop of a node
     */
    public static void register(List<RecentUids> all, MeterRegistry meters) {
        var unused = Gauge.builder(
                        "sse.dedup.bytes",
                        all,
                        each -> each.stream().mapToLong(recent -> recent.bytes).sum())
                .description("Memory of the node for recognising duplicates")
                .baseUnit("bytes")
                // Nothing else holds the list: without this, the metric is NaN after the next garbage collection.
                .strongReference(true)
                .register(meters);
    }

    /** Begins a term without known events, and returns its number. */
    int newTerm() {
        owner.assertHere();
        return ++lastTerm;
    }

    /** Returns an event that has arrived in this term within its window, or null. */
    @Nullable
    Known find(int term, long uid, boolean withKey) {
        owner.assertHere();
        Known found = withKey ? null : find(handedOver, HANDED_OVER_FOR, term, uid);
        // An event that was found in a history is in this table, with or without a key.
        return found == null ? find(keyed, IdempotencyKeys.WINDOW, term, uid) : found;
    }

    private @Nullable Known find(UidTable table, Duration window, int term, long uid) {
        int slot = table.find(term, uid);
        return slot == UidTable.NONE || clock.elapsedMillis() - table.sinceMillis(slot) >= window.toMillis()
                ? null
                : new Known(table.arrival(slot), table.cursor(slot));
    }

    /**
     * Remembers an event.
     *
     * @param term the term in which the cursor is valid
     * @param withKey whether its publisher gave a key
     * @param ageMillis the age of the event
     */
    public void add(int term, long uid, boolean withKey, Known event, long ageMillis) {
        owner.assertHere();
        long nowMillis = clock.elapsedMillis();
        UidTable table = withKey ? keyed : handedOver;
        Duration window = withKey ? IdempotencyKeys.WINDOW : HANDED_OVER_FOR;
        if (ageMillis >= window.toMillis()) {
            return;
        }
        table.add(term, uid, event.arrival(), event.cursor(), nowMillis - ageMillis);
        // Each added event removes up to two expired ones, so expired events disappear and no sweep has much work.
        removeOver(table, window, nowMillis, 2);
        while (bytes() > maxBytes) {
            forgetOldest(nowMillis);
        }
    }

    private void forgetOldest(long nowMillis) {
        boolean withKey =
                handedOver.isEmpty() || !keyed.isEmpty() && keyed.oldestSinceMillis() <= handedOver.oldestSinceMillis();
        UidTable table = withKey ? keyed : handedOver;
        long overMillis = table.oldestSinceMillis() + (withKey ? IdempotencyKeys.WINDOW : HANDED_OVER_FOR).toMillis();
        table.removeOldest();
        if (overMillis > nowMillis) {
            forgottenEarly.increment();
        }
    }

    /** Forgets expired events, even if no new events arrive. */
    public void sweep() {
        owner.assertHere();
        long nowMillis = clock.elapsedMillis();
        removeOver(handedOver, HANDED_OVER_FOR, nowMillis, MAX_SWEPT);
        removeOver(keyed, IdempotencyKeys.WINDOW, nowMillis, MAX_SWEPT);
        handedOver.shrink();
        keyed.shrink();
        bytes = bytes();
    }

    private static void removeOver(UidTable table, Duration window, long nowMillis, int max) {
        for (int i = 0;
                i < max && !table.isEmpty() && nowMillis - table.oldestSinceMillis() >= window.toMillis();
                i++) {
            table.removeOldest();
        }
    }

    private long bytes() {
        return handedOver.bytes() + keyed.bytes();
    }
}
