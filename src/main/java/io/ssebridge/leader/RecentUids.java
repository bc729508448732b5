package io.ssebridge.leader;

import io.ssebridge.event.Cursor;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The recent events of the leaders on one event loop, by uid. A repeated submission of an event gets the same answer as the
 * first one.
 *
 * <p>An event without a key can be repeated while a client waits for its answer, and an event with a key for {@link
 * IdempotencyKeys#WINDOW}. Both times are exact to the millisecond of the monotonic clock. All channels of the node share one
 * limit of bytes, the {@link DedupRoom}. Above the limit the oldest events are forgotten first: by the event loop that needs
 * room, and, when little room is left, by the one with the oldest events.
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
    // Two chunks of the table: more than an event takes, unless it makes the index grow. Then the next events forget
    // more.
    private static final int MAX_FORGOTTEN = 512;

    private final LoopThread owner;
    private final DedupRoom room;
    private final NodeClock clock;
    private final UidTable handedOver = new UidTable();
    private final UidTable keyed = new UidTable();
    private long countedBytes;
    private volatile long sweptBytes;
    private volatile long oldestSinceMillis = Long.MAX_VALUE;
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
     * @param room shared by the event loops of the node
     */
    public RecentUids(LoopThread owner, DedupRoom room, NodeClock clock) {
        this.owner = owner;
        this.room = room;
        this.clock = clock;
        room.add(this);
    }

    /** Returns the bytes at the last sweep. Any thread. */
    long sweptBytes() {
        return sweptBytes;
    }

    /** Returns the time of the oldest event at the last sweep; {@link Long#MAX_VALUE}: it takes no shared memory. Any thread. */
    long oldestSinceMillis() {
        return oldestSinceMillis;
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
        count();
        if (room.isOver(countedBytes)) {
            makeRoom(nowMillis);
        }
    }

    /** Forgets old events, but not the newest one. Others go when more come, because this event loop has other work too. */
    private void makeRoom(long nowMillis) {
        handedOver.shrink();
        keyed.shrink();
        count();
        for (int i = 0; i < MAX_FORGOTTEN && events() > 1 && room.isOver(countedBytes); i++) {
            forgetOldest(nowMillis);
            count();
        }
    }

    private long events() {
        return (long) handedOver.size() + keyed.size();
    }

    private void count() {
        long bytes = handedOver.bytes() + keyed.bytes();
        room.count(countedBytes, bytes);
        countedBytes = bytes;
    }

    private void forgetOldest(long nowMillis) {
        boolean withKey =
                handedOver.isEmpty() || !keyed.isEmpty() && keyed.oldestSinceMillis() <= handedOver.oldestSinceMillis();
        UidTable table = withKey ? keyed : handedOver;
        long overMillis = table.oldestSinceMillis() + (withKey ? IdempotencyKeys.WINDOW : HANDED_OVER_FOR).toMillis();
        table.removeOldest();
        if (overMillis > nowMillis) {
            room.forgottenEarly();
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
        count();
        long othersMillis = room.oldestOfOthers(this);
        for (int i = 0; i < MAX_SWEPT && events() > 0 && oldest() <= othersMillis && room.isScarce(countedBytes); i++) {
            forgetOldest(nowMillis);
            count();
        }
        sweptBytes = countedBytes;
        oldestSinceMillis = events() == 0 || room.isOwn(countedBytes) ? Long.MAX_VALUE : oldest();
    }

    private long oldest() {
        if (handedOver.isEmpty() || keyed.isEmpty()) {
            return (keyed.isEmpty() ? handedOver : keyed).oldestSinceMillis();
        }
        return Math.min(handedOver.oldestSinceMillis(), keyed.oldestSinceMillis());
    }

    private static void removeOver(UidTable table, Duration window, long nowMillis, int max) {
        for (int i = 0;
                i < max && !table.isEmpty() && nowMillis - table.oldestSinceMillis() >= window.toMillis();
                i++) {
            table.removeOldest();
        }
    }
}
