package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.Replay.Reason;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads histories as subscribers may see them. Any thread; answers come on the caller's context.
 *
 * <p>A history is what its frames say, and every reader comes to the same result:
 *
 * <ul>
 *   <li>A cursor is good while the frame at its sequence has its tag; or, when that frame has just been evicted, while the
 *       oldest one says that it followed it. Anything else is a reset, never a guess.
 *   <li>A frame belongs at {@code base + 1 + place}. <i>Below</i>, the history has been reborn without its leader knowing:
 *       the frame is void, and the leader appends it again behind a new genesis. <i>Above</i>, another leader was in
 *       between, or the append was repeated on the way: if the same uid stands between base and the frame, it is a repeat
 *       and skipped.
 *   <li>Genesis frames are seen by nobody.
 * </ul>
 */
public final class HistoryReader {
    /** What the events of a page may take, in bytes. */
    public static final int PAGE_BYTES = 1 << 20;

    private static final int LOOK = 4;

    private final History history;
    private final ChannelRules rules;
    private final Function<ChannelName, Future<Boolean>> exists;
    private final EventAges ages;
    private final Visibility visibility;
    private final HistorySearch search;
    private final SharedReadings<Question<Interval>, Found> intervals;
    private final SharedReadings<Question<Cursor>, Replay> resumes;
    private final SharedReadings<Question<Integer>, Cursor> newest;
    private final SharedReadings<Question<Long>, Cursor> oldest;

    /** What is asked of a channel that has come to a tail. */
    private record Question<T>(ChannelName channel, T what, Cursor tail) {}

    /** So many frames after a cursor. */
    private record Interval(Cursor cursor, int max) {}

    /** What stands behind a cursor. */
    public sealed interface Found {
        /**
         * The cursor was good.
         *
         * @param frames what a subscriber sees of the frames that were read
         * @param cursor behind the last frame that was read, seen or not
         */
        record Frames(List<Numbered> frames, Cursor cursor) implements Found {}

        /** The cursor names nothing that is still there. */
        record Lost(Reason reason) implements Found {}
    }

    /**
     * Reads one store, which may be asked for any channel.
     *
     * @param history the store
     * @param rules say how long events are kept
     * @param clock the time
     */
    public HistoryReader(History history, ChannelRules rules, NodeClock clock) {
        this(history, rules, clock, channel -> Future.succeededFuture(true));
    }

    /**
     * Reads one store.
     *
     * @param history the store
     * @param rules say how long events are kept
     * @param clock the time
     * @param exists whether anything was ever appended to a channel: clients bring cursors of channels that never were, or
     *     are forgotten, and the store is not to be asked for those
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
     * Whether a channel has a history at all; one without gives its events to who is there, and no cursors.
     *
     * @param channel the channel
     */
    public boolean keeps(ChannelName channel) {
        return !rules.retention(channel).isNone();
    }

    /**
     * Reads on from a cursor. It may be ahead of the tail, since another node has heard of a frame before this one: that is
     * no reason to reset anybody, as long as the history has the frame.
     *
     * @param channel the channel
     * @param cursor from where
     * @param tail up to where, inclusive: never beyond what its leader has announced
     * @param max how many frames at most
     */
    public Future<Found> after(ChannelName channel, Cursor cursor, Cursor tail, int max) {
        if (cursor.equals(tail)) {
            return Future.succeededFuture(new Found.Frames(List.of(), cursor));
        }
        if (cursor instanceof Cursor.Start start && tail instanceof Cursor.Start none) {
            return empty(start, none);
        }
        return intervals.answer(
                new Question<>(channel, new Interval(cursor, max), tail),
                () -> tail instanceof Cursor.At last
                        ? after(channel, cursor, last, max)
                        : aheadOfTheFirst(channel, (Cursor.At) cursor));
    }

    private Future<Found> after(ChannelName channel, Cursor cursor, Cursor.At last, int max) {
        // From the cursor, not from behind it: only its own frame can say that it is the history it was.
        long from = cursor instanceof Cursor.At at ? at.sequence() : 0;
        if (from > last.sequence()) {
            return ahead(channel, (Cursor.At) cursor);
        }
        int count = (int) Math.min(max + 1L, last.sequence() - from + 1);
        return history.read(channel, from, count).compose(read -> {
            List<Numbered> upToTail = read.stream()
                    .filter(each -> each.sequence() <= last.sequence())
                    .toList();
            return upToTail.isEmpty()
                    ? lost(read.isEmpty() ? Reason.LOST : Reason.EXPIRED)
                    : continued(channel, cursor, upToTail);
        });
    }

    /**
     * Reads on from where a hub stands. What it stands at was announced to it, so that an announcement of an empty history
     * may be a late one too.
     *
     * @param channel the channel
     * @param cursor where the reader stands
     * @param tail what was announced
     * @param max how many frames at most
     */
    public Future<Found> standing(ChannelName channel, Cursor cursor, Cursor tail, int max) {
        return cursor instanceof Cursor.At || tail instanceof Cursor.At
                ? after(channel, cursor, tail, max)
                : Future.succeededFuture(new Found.Frames(List.of(), cursor));
    }

    private static Future<Found> empty(Cursor.Start cursor, Cursor.Start tail) {
        return isNotBefore(cursor, tail.time())
                ? Future.succeededFuture(new Found.Frames(List.of(), tail))
                : lost(Reason.LOST);
    }

    // This node has not heard of a first event, but the client may have, from another node.
    private Future<Found> aheadOfTheFirst(ChannelName channel, Cursor.At cursor) {
        return exists.apply(channel).compose(there -> there ? ahead(channel, cursor) : lost(Reason.LOST));
    }

    private Future<Found> ahead(ChannelName channel, Cursor.At cursor) {
        return history.read(channel, cursor.sequence(), 1).map(read -> {
            boolean there = !read.isEmpty()
                    && (read.get(0).sequence() > cursor.sequence()
                            || read.get(0).cursor().equals(cursor));
            return there ? new Found.Frames(List.of(), cursor) : new Found.Lost(Reason.LOST);
        });
    }

    private Future<Found> continued(ChannelName channel, Cursor cursor, List<Numbered> read) {
        Numbered first = read.get(0);
        List<Numbered> behind;
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
        return visible(channel, behind).map(frames -> new Found.Frames(frames, reached));
    }

    // By the second, which is all that an id has room for.
    private static boolean isNotBefore(Cursor.Start start, long since) {
        return start.time() / 1_000 >= since / 1_000;
    }

    private static Future<Found> lost(Reason reason) {
        return Future.succeededFuture(new Found.Lost(reason));
    }

    /**
     * The frames of these that count.
     *
     * @param channel the channel
     * @param frames frames in steps of one
     */
    public Future<List<Numbered>> visible(ChannelName channel, List<Numbered> frames) {
        return visibility.visible(channel, frames);
    }

    /**
     * Where a subscriber goes on who comes with a cursor.
     *
     * @param channel the channel
     * @param cursor what the client brought
     * @param tail the newest frame
     */
    public Future<Replay> resume(ChannelName channel, Cursor cursor, Cursor tail) {
        return resumes.answer(new Question<>(channel, cursor, tail), () -> {
            Cursor[] from = {cursor};
            return AsyncLoop.run(() -> resumeStep(channel, cursor, from, tail));
        });
    }

    /** Looks for the first event after a cursor, and whether it has expired; subscribers get most frames. */
    private Future<Optional<Replay>> resumeStep(ChannelName channel, Cursor cursor, Cursor[] from, Cursor tail) {
        return after(channel, from[0], tail, LOOK).compose(found -> {
            if (!(found instanceof Found.Frames good)) {
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
     * Goes on at the oldest frame that is kept, since there is nothing better.
     *
     * @param channel the channel
     * @param reason why
     * @param tail the newest frame
     */
    public Future<Replay> reset(ChannelName channel, Reason reason, Cursor tail) {
        return since(channel, Long.MIN_VALUE, tail).map(oldest -> Replay.reset(reason, oldest.cursor()));
    }

    /**
     * Begins with the newest events.
     *
     * @param channel the channel
     * @param count how many
     * @param tail the newest frame
     */
    public Future<Replay> last(ChannelName channel, int count, Cursor tail) {
        if (!(tail instanceof Cursor.At last)) {
            return Future.succeededFuture(Replay.from(tail));
        }
        return newest.answer(
                        new Question<>(channel, count, tail),
                        () -> search.newest(channel, count, frame -> !isKept(channel, frame.time()), last))
                .map(Replay::from);
    }

    /**
     * Begins with the first event of a time.
     *
     * @param channel the channel
     * @param time in milliseconds since 1970
     * @param tail the newest frame
     */
    public Future<Replay> since(ChannelName channel, long time, Cursor tail) {
        if (!(tail instanceof Cursor.At last)) {
            return Future.succeededFuture(Replay.from(tail));
        }
        return oldest.answer(
                        new Question<>(channel, time, tail),
                        () -> search.oldest(
                                channel, frame -> frame.time() < time || !isKept(channel, frame.time()), last))
                .map(Replay::from);
    }

    /**
     * Events of a channel, oldest first.
     *
     * @param events the events
     * @param more whether there are more after them
     * @param reset why events are missing before the first; empty: none are
     */
    public record Page(List<Numbered> events, boolean more, Optional<Reason> reset) {}

    /**
     * Reads the events after a place: as many as wanted, or as fit into {@link #PAGE_BYTES}, but at least one if there is one.
     *
     * @param channel the channel
     * @param start the place
     * @param tail the newest frame
     * @param limit how many events at most
     */
    public Future<Page> page(ChannelName channel, Replay start, Cursor tail, int limit) {
        return new PageReading(this, channel, start, tail, limit).run();
    }

    /** Notices whether the wall clock was set; to be called often. Any thread. */
    public void watchClock() {
        ages.watch();
    }

    boolean isKept(ChannelName channel, Numbered each) {
        return isKept(channel, each.frame().time());
    }

    /**
     * Whether an event has not expired.
     *
     * @param channel its channel
     * @param time when its leader got it, in milliseconds since 1970
     */
    public boolean isKept(ChannelName channel, long time) {
        return ages.age(time) < rules.retention(channel).ttl().toMillis();
    }
}
