package io.ssebridge.bus;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.event.Cursor;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The events that this node's leaders have taken lately, by uid: who hands one over again gets the answer of the first time.
 *
 * <p>An event without a key can come again for as long as somebody waits for its answer, one with a key for as long as {@link
 * Keys#WINDOW}; both to the millisecond, by the monotonic clock. All channels of the node together take no more bytes than
 * they may: beyond, those that came first are forgotten first.
 *
 * <p>What a leader remembers is worth something while the history is the one that it knows. So each entry belongs to a
 * <i>term</i>: a leader that has come to doubt its history begins a new one, and finds nothing of the old.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class RecentUids {
    // Longer than anybody waits for an answer.
    private static final Duration HANDED_OVER_FOR = Duration.ofSeconds(20);
    // A sweep must not hold up what else the node has to do.
    private static final int MAX_SWEPT = 20_000;

    private final long maxBytes;
    private final NodeClock clock;
    private final UidTable handedOver = new UidTable();
    private final UidTable keyed = new UidTable();
    private final Counter forgottenEarly;
    private volatile long bytes;
    private int lastTerm;

    /**
     * An event that has come.
     *
     * @param arrival its first coming
     * @param place its place
     */
    record Known(long arrival, Cursor.At place) {}

    /**
     * Remembers nothing yet.
     *
     * @param maxBytes how much memory to take
     */
    RecentUids(long maxBytes, NodeClock clock, MeterRegistry meters) {
        this.maxBytes = maxBytes;
        this.clock = clock;
        this.forgottenEarly = Counter.builder("sse.dedup.forgotten")
                .description("Events that were forgotten before their time, since too many came: one that is published "
                        + "again may be taken for another")
                .register(meters);
        var unused = Gauge.builder("sse.dedup.bytes", this, recent -> recent.bytes)
                .description("What the node remembers to recognise events that are published twice")
                .baseUnit("bytes")
                .register(meters);
    }

    /** Begins a term in which nothing is known. */
    int newTerm() {
        return ++lastTerm;
    }

    /** An event, if it has come in this term and its window is not over. */
    @Nullable
    Known find(int term, long uid, boolean withKey) {
        Known found = withKey ? null : find(handedOver, HANDED_OVER_FOR, term, uid);
        // What is found in a history may be either.
        return found == null ? find(keyed, Keys.WINDOW, term, uid) : found;
    }

    private @Nullable Known find(UidTable table, Duration window, int term, long uid) {
        int slot = table.find(term, uid);
        return slot == UidTable.NONE || clock.elapsedMillis() - table.sinceMillis(slot) >= window.toMillis()
                ? null
                : new Known(table.arrival(slot), table.place(slot));
    }

    /**
     * Remembers an event.
     *
     * @param term the term in which its place is known
     * @param withKey whether its publisher gave a key
     * @param ageMillis for how long it has been there
     */
    void add(int term, long uid, boolean withKey, Known event, long ageMillis) {
        long now = clock.elapsedMillis();
        UidTable table = withKey ? keyed : handedOver;
        Duration window = withKey ? Keys.WINDOW : HANDED_OVER_FOR;
        if (ageMillis >= window.toMillis()) {
            return;
        }
        table.add(term, uid, event.arrival(), event.place(), now - ageMillis);
        // Two for one: what is over goes on its own, and no sweep has much to do.
        removeOver(table, window, now, 2);
        while (bytes() > maxBytes) {
            forgetOldest(now);
        }
    }

    private void forgetOldest(long now) {
        boolean withKey =
                handedOver.isEmpty() || !keyed.isEmpty() && keyed.oldestSinceMillis() <= handedOver.oldestSinceMillis();
        UidTable table = withKey ? keyed : handedOver;
        long over = table.oldestSinceMillis() + (withKey ? Keys.WINDOW : HANDED_OVER_FOR).toMillis();
        table.removeOldest();
        if (over > now) {
            forgottenEarly.increment();
        }
    }

    /** Forgets what is over, also where nothing comes any more. */
    void sweep() {
        long now = clock.elapsedMillis();
        removeOver(handedOver, HANDED_OVER_FOR, now, MAX_SWEPT);
        removeOver(keyed, Keys.WINDOW, now, MAX_SWEPT);
        handedOver.shrink();
        keyed.shrink();
        bytes = bytes();
    }

    private static void removeOver(UidTable table, Duration window, long now, int max) {
        for (int i = 0; i < max && !table.isEmpty() && now - table.oldestSinceMillis() >= window.toMillis(); i++) {
            table.removeOldest();
        }
    }

    private long bytes() {
        return handedOver.bytes() + keyed.bytes();
    }
}
