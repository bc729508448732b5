package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.Replay.Reason;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads histories for subscribers. Any thread; answers come on the caller's context.
 *
 * <p>The frames alone decide the result, so every reader comes to the same result:
 *
 * <ul>
 *   <li>A cursor is valid if the frame at its sequence has its tag. If that frame has just been evicted, the cursor is
 *       valid if the oldest frame names its tag as the previous one. Any other cursor leads to a reset, never to a
 *       guess.
 *   <li>A frame belongs at {@code base + 1 + place}. <i>Below</i> that, the history was created again without its
 *       leader's knowledge. The frame is void, and the leader appends it again after a new genesis frame. <i>Above</i>
 *       that, another leader has appended frames in between, or the append was repeated on the way. If the same uid
 *       stands between {@code base} and the frame, the frame is a duplicate and is skipped.
 *   <li>Genesis frames are never visible.
 * </ul>
 */
public final class HistoryReader {
    /** The largest size of a page's events, in bytes. */
    public static final int PAGE_BYTES = 1 << 20;

    private static final int LOOK = 4;

    private final History history;
    private final ChannelRules rules;
    private final Function<ChannelName, Future<Boolean>> exists;
    private final EventAges ages;
    private final Visibility visibility;
    private final HistorySearch search;
    private final SharedReadings<TailQuery<Interval>, Found> intervals;
    private final SharedReadings<TailQuery<Cursor>, Replay> resumes;
    private final SharedReadings<TailQuery<Integer>, Cursor> newest;
    private final SharedReadings<TailQuery<Long>, Cursor> oldest;

    /** A question about a channel with its newest frame at the tail. */
    private record TailQuery<T>(ChannelName channel, T what, Cursor tail) {}

    /** At most {@code max} frames after a cursor. */
    private record Interval(Cursor cursor, int max) {}

    /** The result of reading on from a cursor. */
    public sealed interface Found {
        /**
         * The cursor was valid.
         *
         * @param frames the visible frames among those that were read
         * @param cursor directly after the last frame that was read, visible or not
         */
        record ReadFrames(List<NumberedFrame> frames, Cursor cursor) implements Found {}

        /** The frame of the cursor no longer exists. */
        record Lost(Reason reason) implements Found {}
    }

    /**
     * Creates a reader of a store that may be read for any channel.
     *
     * @param history the store
     * @param rules say how long events are kept
     * @param clock the time
     */
    public HistoryReader(History history, ChannelRules rules, NodeClock clock) {
        this(history, rules, clock, channel -> Future.succeededFuture(true));
    }

    /**
     * Creates a reader of a store.
     *
     * @param history the store
     * @param rules say how long events are kept
     * @param clock the time
     * @param exists tells whether a channel has a history. Clients bring cursors of channels that never existed or were
     *     destroyed, and the store must not be read for those
     */
    public HistoryReader(
            History history, ChannelRules rules, NodeClock clock, Function<ChannelName, Future<Boolean>> exists) {
        this.history = history;
        this.rules = rules;
        this.exists = exists;
        this.ages = new EventAges(clock);
        this.visibility = new Visibility(history);
        this.search = new HistorySearch(history, visibility);
        this.intervals = new SharedReadings<>(clock);
        this.resumes = new SharedReadings<>(clock);
        this.newest = new SharedReadings<>(clock);
        this.oldest = new SharedReadings<>(clock);
    }

    /**
     * Tells whether a channel has a history. Without one, events go to the current subscribers only, without cursors.
     *
     * @param channel the channel
     */
    public boolean keeps(ChannelName channel) {
        return !rules.retention(channel).isNone();
    }

    /**
     * Reads on from a cursor. The cursor may be ahead of the tail, since another node may have learned of a frame
     * before this one. This leads to no reset while the history has the frame.
     *
     * @param channel the channel
     * @param cursor the cursor before the first frame to read
     * @param tail the cursor of the last frame to read: its leader has announced it
     * @param max the largest number of frames
     */
    public Future<Found> after(ChannelName channel, Cursor cursor, Cursor tail, int max) {
        if (cursor.equals(tail)) {
            return Future.succeededFuture(new Found.ReadFrames(List.of(), cursor));
        }
        if (cursor instanceof Cursor.Start start && tail instanceof Cursor.Start none) {
            return empty(start, none);
        }
        return intervals.answer(
                new TailQuery<>(channel, new Interval(cursor, max), tail),
                () -> tail instanceof Cursor.At last
                        ? after(channel, cursor, last, max)
                        : aheadOfTheFirst(channel, (Cursor.At) cursor));
    }

    private Future<Found> after(ChannelName channel, Cursor cursor, Cursor.At last, int max) {
        // The reading includes the cursor's own frame: only this frame can confirm that the history is still the same.
        long from = cursor instanceof Cursor.At at ? at.sequence() : 0;
        if (from > last.sequence()) {
            return ahead(channel, (Cursor.At) cursor);
        }
        int count = (int) Math.min(max + 1L, last.sequence() - from + 1);
        return history.read(channel, from, count).compose(read -> {
            List<NumberedFrame> upToTail = read.stream()
                    .filter(each -> each.sequence() <= last.sequence())
                    .toList();
            return upToTail.isEmpty()
                    ? lost(read.isEmpty() ? Reason.LOST : Reason.EXPIRED)
                    : continued(channel, cursor, upToTail);
        });
    }

    /**
     * Reads on from a hub's cursor. That cursor was announced to the hub. So an announcement of an empty history may be
     * an old one that arrives late.
     *
     * @param channel the channel
     * @param cursor the hub's cursor
     * @param tail the announced tail
     * @param max the largest number of frames
     */
    public Future<Found> standing(ChannelName channel, Cursor cursor, Cursor tail, int max) {
        return cursor instanceof Cursor.At || tail instanceof Cursor.At
                ? after(channel, cursor, tail, max)
                : Future.succeededFuture(new Found.ReadFrames(List.of(), cursor));
    }

    private static Future<Found> empty(Cursor.Start cursor, Cursor.Start tail) {
        return isNotBefore(cursor, tail.time())
                ? Future.succeededFuture(new Found.ReadFrames(List.of(), tail))
                : lost(Reason.LOST);
    }

    // This node knows of no first event yet, but the client may know one from another node.
    private Future<Found> aheadOfTheFirst(ChannelName channel, Cursor.At cursor) {
        return exists.apply(channel).compose(there -> there ? ahead(channel, cursor) : lost(Reason.LOST));
    }

    private Future<Found> ahead(ChannelName channel, Cursor.At cursor) {
        return history.read(channel, cursor.sequence(), 1).map(read -> {
            boolean there = !read.isEmpty()
                    && (read.get(0).sequence() > cursor.sequence()
                            || read.get(0).cursor().equals(cursor));
            return there ? new Found.ReadFrames(List.of(), cursor) : new Found.Lost(Reason.LOST);
        });
    }

    private Future<Found> continued(ChannelName channel, Cursor cursor, List<NumberedFrame> read) {
        NumberedFrame first = read.get(0);
        List<NumberedFrame> behind;
        if (cursor instanceof Cursor.At at) {
            if (first.sequence() == at.sequence() && first.frame().tag() == at.tag()) {
                behind = read.subList(1, read.size());
            } else if (first.sequence() == at.sequence() + 1 && first.frame().previousTag() == at.tag()) {
                behind = read;
            } else {
                return lost(first.sequence() > at.sequence() ? Reason.EXPIRED : Reason.LOST);
            }
        } else if (first.sequence() > 0) {
            return lost(Reason.EXPIRED);
        } else if (first.frame().isGenesis()
                && isNotBefore((Cursor.Start) cursor, first.frame().since())) {
            behind = read;
        } else {
            return lost(Reason.LOST);
        }
        Cursor reached = read.get(read.size() - 1).cursor();
        return visible(channel, behind).map(frames -> new Found.ReadFrames(frames, reached));
    }

    // Compares in seconds, because an event id has no room for milliseconds.
    private static boolean isNotBefore(Cursor.Start start, long since) {
        return start.time() / 1_000 >= since / 1_000;
    }

    private static Future<Found> lost(Reason reason) {
        return Future.succeededFuture(new Found.Lost(reason));
    }

    /**
     * Returns the visible frames among the given ones.
     *
     * @param channel the channel
     * @param frames frames with consecutive sequences
     */
    public Future<List<NumberedFrame>> visible(ChannelName channel, List<NumberedFrame> frames) {
        return visibility.visible(channel, frames);
    }

    /**
     * Finds where a subscriber that comes with a cursor continues.
     *
     * @param channel the channel
     * @param cursor the cursor that the client brought
     * @param tail the newest frame
     */
    public Future<Replay> resume(ChannelName channel, Cursor cursor, Cursor tail) {
        return resumes.answer(new TailQuery<>(channel, cursor, tail), () -> {
            Cursor[] from = {cursor};
            return AsyncLoop.run(() -> resumeStep(channel, cursor, from, tail));
        });
    }

    /**
     * Looks for the first event after a cursor, and whether it has expired. It reads only a few frames, since most
     * frames are visible.
     */
    private Future<Optional<Replay>> resumeStep(ChannelName channel, Cursor cursor, Cursor[] from, Cursor tail) {
        return after(channel, from[0], tail, LOOK).compose(found -> {
            if (!(found instanceof Found.ReadFrames good)) {
                return reset(channel, ((Found.Lost) found).reason(), tail).map(Optional::of);
            }
            if (good.frames().isEmpty() && !good.cursor().equals(from[0])) {
                from[0] = good.cursor();
                return Future.succeededFuture(Optional.empty());
            }
            boolean kept =
                    good.frames().isEmpty() || isKept(channel, good.frames().get(0));
            return kept
                    ? Future.succeededFuture(Optional.of(Replay.from(cursor)))
                    : reset(channel, Reason.EXPIRED, tail).map(Optional::of);
        });
    }

    /**
     * Continues at the oldest frame that is kept.
     *
     * @param channel the channel
     * @param reason why events are missing
     * @param tail the newest frame
     */
    public Future<Replay> reset(ChannelName channel, Reason reason, Cursor tail) {
        return since(channel, Long.MIN_VALUE, tail).map(oldest -> Replay.reset(reason, oldest.cursor()));
    }

    /**
     * Finds the cursor before the newest events.
     *
     * @param channel the channel
     * @param count the number of events; beyond 1,000, frames that subscribers do not get count as well
     * @param tail the newest frame
     */
    public Future<Replay> last(ChannelName channel, int count, Cursor tail) {
        if (!(tail instanceof Cursor.At last)) {
            return Future.succeededFuture(Replay.from(tail));
        }
        return newest.answer(
                        new TailQuery<>(channel, count, tail),
                        () -> search.newest(channel, count, each -> !isKept(channel, each), last))
                .map(Replay::from);
    }

    /**
     * Finds the cursor before the first event since a time.
     *
     * @param channel the channel
     * @param time the time in milliseconds since 1970
     * @param tail the newest frame
     */
    public Future<Replay> since(ChannelName channel, long time, Cursor tail) {
        if (!(tail instanceof Cursor.At last)) {
            return Future.succeededFuture(Replay.from(tail));
        }
        return oldest.answer(
                        new TailQuery<>(channel, time, tail),
                        () -> search.oldest(
                                channel, each -> each.frame().time() < time || !isKept(channel, each), last))
                .map(Replay::from);
    }

    /**
     * Some events of a channel, oldest first.
     *
     * @param events the events
     * @param more whether there are more after them
     * @param reset why events are missing before the first; empty: no events are missing
     */
    public record EventPage(List<NumberedFrame> events, boolean more, Optional<Reason> reset) {}

    /**
     * Reads the events after a cursor: at most {@code limit}, and at most {@link #PAGE_BYTES}, but at least one if
     * there is one.
     *
     * @param channel the channel
     * @param start the cursor to start at
     * @param tail the newest frame
     * @param limit the largest number of events
     */
    public Future<EventPage> page(ChannelName channel, Replay start, Cursor tail, int limit) {
        return new PageReading(this, channel, start, tail, limit).run();
    }

    /** Notices whether the wall clock was set. It must be called often. Any thread. */
    public void watchClock() {
        ages.watch();
    }

    boolean isKept(ChannelName channel, NumberedFrame each) {
        return isKept(channel, each.frame().time());
    }

    /**
     * Tells whether an event has not expired.
     *
     * @param channel its channel
     * @param time when its leader received the event, in milliseconds since 1970
     */
    public boolean isKept(ChannelName channel, long time) {
        return ages.age(time) < rules.retention(channel).ttl().toMillis();
    }
}
