package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.ReadingQueue.Turn;
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
 *   <li>A frame belongs at {@code base + 1 + index}. <i>Below</i> that, the history was created again without its
 *       leader's knowledge. The frame is void, and the leader appends it again after a new genesis frame. <i>Above</i>
 *       that, another leader has appended frames in between, or the append was repeated on the way. If the same uid
 *       stands between {@code base} and the frame, the frame is a duplicate and is skipped.
 *   <li>Genesis frames are never visible.
 * </ul>
 */
public final class HistoryReader {
    /** The largest size of a page's events, in bytes. */
    public static final int PAGE_BYTES = 1 << 20;

    private final ChannelRules rules;
    private final Expiry expiry;
    private final Visibility visibility;
    private final IntervalReader intervals;
    private final ReplayFinder replays;
    private final PersonalData personal;

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
        this(history, rules, clock, channel -> Future.succeededFuture(true), PersonalData.NONE);
    }

    /**
     * Creates a reader of a store.
     *
     * @param history the store
     * @param rules say how long events are kept
     * @param clock the time
     * @param exists tells whether a channel has a history. Clients bring cursors of channels that never existed or were
     *     destroyed, and the store must not be read for those
     * @param personal makes the data of personalised channels
     */
    public HistoryReader(
            History history,
            ChannelRules rules,
            NodeClock clock,
            Function<ChannelName, Future<Boolean>> exists,
            PersonalData personal) {
        this.rules = rules;
        this.personal = personal;
        this.expiry = new Expiry(rules, clock);
        this.visibility = new Visibility(history);
        this.intervals = new IntervalReader(history, exists, visibility, clock);
        this.replays = new ReplayFinder(intervals, new HistorySearch(history, visibility), expiry, personal, clock);
    }

    /**
     * Tells whether a channel has a history. Without one, events go to the current subscribers only, without cursors.
     *
     * @param channel the channel
     */
    public boolean keeps(ChannelName channel) {
        return !rules.retention(channel).isNone();
    }

    /** Returns the data of personalised channels. The other methods return events as they were published, unless a filter names a reader. */
    public PersonalData personal() {
        return personal;
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
        return intervals.after(channel, cursor, tail, max);
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
    public Future<Found> afterAnnounced(ChannelName channel, Cursor cursor, Cursor tail, int max) {
        return cursor instanceof Cursor.At || tail instanceof Cursor.At
                ? after(channel, cursor, tail, max)
                : Future.succeededFuture(new Found.ReadFrames(List.of(), cursor));
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
        return replays.resume(channel, cursor, tail);
    }

    /**
     * Continues at the oldest frame that is kept.
     *
     * @param channel the channel
     * @param reason why events are missing
     * @param tail the newest frame
     */
    public Future<Replay> reset(ChannelName channel, Reason reason, Cursor tail) {
        return replays.reset(channel, reason, tail);
    }

    /**
     * Finds the cursor before the newest events that a reader gets.
     *
     * @param channel the channel
     * @param count the number of events; beyond 1,000, frames that the reader does not get count as well
     * @param filter the events that the reader gets
     * @param tail the newest frame
     */
    public Future<Replay> last(ChannelName channel, int count, EventFilter filter, Cursor tail) {
        return replays.last(channel, count, filter, tail);
    }

    /**
     * Finds the cursor before the first event since a time.
     *
     * @param channel the channel
     * @param timeMillis the time in milliseconds since 1970
     * @param tail the newest frame
     */
    public Future<Replay> since(ChannelName channel, long timeMillis, Cursor tail) {
        return replays.since(channel, timeMillis, tail);
    }

    /**
     * Some events of a channel, oldest first.
     *
     * @param events the events
     * @param more whether there are more after them
     * @param end the cursor after the page: it covers events that the reader does not get, too
     * @param selective whether the page depends on the reader: an event that was looked at is only for some readers
     * @param reset why events are missing before the first; empty: no events are missing
     */
    public record EventPage(
            List<NumberedFrame> events, boolean more, Cursor end, boolean selective, Optional<Reason> reset) {}

    /**
     * Reads the events after a cursor: at most {@code limit}, and at most {@link #PAGE_BYTES}, but at least one if
     * there is one. If the reader does not get most of them, a page may be empty and have more after it.
     *
     * @param channel the channel
     * @param start the cursor to start at
     * @param tail the newest frame
     * @param limit the largest number of events
     * @param turn is told of each answer. The page ends early if the turn has ended
     * @param filter the events that the reader gets
     */
    public Future<EventPage> page(
            ChannelName channel, Replay start, Cursor tail, int limit, Turn turn, EventFilter filter) {
        FrameView view = FrameView.of(personal, channel, filter.profile());
        return new PageReading(this, channel, start, tail, limit, turn, filter, view).run();
    }

    /**
     * Returns whether a cursor is after the frame that ends its channel: the frame is in the history and has not expired.
     *
     * @param channel the channel
     * @param cursor the cursor that a client brought
     */
    public Future<Boolean> isEnd(ChannelName channel, Cursor.At cursor) {
        return intervals
                .at(channel, cursor)
                .map(frame ->
                        frame.filter(found -> expiry.isKept(channel, found)).isPresent());
    }

    /** Notices whether the wall clock was set. It must be called often. Any thread. */
    public void watchClock() {
        expiry.watchClock();
    }

    boolean isKept(ChannelName channel, NumberedFrame each) {
        return expiry.isKept(channel, each);
    }

    /**
     * Tells whether an event has not expired.
     *
     * @param channel its channel
     * @param timeMillis when its leader received the event, in milliseconds since 1970
     */
    public boolean isKept(ChannelName channel, long timeMillis) {
        return expiry.isKept(channel, timeMillis);
    }
}
