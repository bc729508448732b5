package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Frame;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.Replay.Reason;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
    private static final int CHUNK = 256;
    private static final int LOOK = 4;

    private final History history;
    private final ChannelRules rules;
    private final NodeClock clock;

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
     * Reads one store.
     *
     * @param history the store
     * @param rules say how long events are kept
     * @param clock the time
     */
    public HistoryReader(History history, ChannelRules rules, NodeClock clock) {
        this.history = history;
        this.rules = rules;
        this.clock = clock;
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
        if (!(tail instanceof Cursor.At last)) {
            return cursor instanceof Cursor.At at
                    ? ahead(channel, at)
                    : empty((Cursor.Start) cursor, (Cursor.Start) tail);
        }
        if (cursor.equals(tail)) {
            return Future.succeededFuture(new Found.Frames(List.of(), cursor));
        }
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
        List<Numbered> late = frames.stream().filter(HistoryReader::isLate).toList();
        if (late.isEmpty()) {
            return Future.succeededFuture(
                    frames.stream().filter(HistoryReader::isPlain).toList());
        }
        long from =
                late.stream().mapToLong(each -> each.frame().base() + 1).min().orElse(0);
        long until = late.get(late.size() - 1).sequence();
        Map<Long, List<Long>> places = new HashMap<>();
        late.forEach(each -> places.put(each.frame().uid(), new ArrayList<>(2)));
        return find(channel, from, until, places)
                .map(found -> frames.stream()
                        .filter(HistoryReader::isPlain)
                        .filter(each -> !isLate(each) || !isRepeat(each, places))
                        .toList());
    }

    /** Where these uids stand in a stretch of the history; it may be longer than what one read brings. */
    private Future<Void> find(ChannelName channel, long from, long until, Map<Long, List<Long>> places) {
        if (from >= until) {
            return Future.succeededFuture();
        }
        return history.read(channel, from, (int) Math.min(until - from, CHUNK)).compose(read -> {
            // A void frame is nobody's first: what repeats it is the one that counts.
            read.stream()
                    .filter(each -> each.sequence() < until && isPlain(each))
                    .forEach(each -> places.getOrDefault(each.frame().uid(), new ArrayList<>())
                            .add(each.sequence()));
            return read.isEmpty()
                    ? Future.succeededFuture()
                    : find(channel, read.get(read.size() - 1).sequence() + 1, until, places);
        });
    }

    private static boolean isPlain(Numbered each) {
        return !each.frame().isGenesis() && each.sequence() >= expected(each.frame());
    }

    private static boolean isLate(Numbered each) {
        return each.sequence() > expected(each.frame());
    }

    private static boolean isRepeat(Numbered each, Map<Long, List<Long>> places) {
        return places.getOrDefault(each.frame().uid(), List.of()).stream()
                .anyMatch(place -> place > each.frame().base() && place < each.sequence());
    }

    private static long expected(Frame frame) {
        return frame.base() + 1 + frame.place();
    }

    /**
     * Where a subscriber goes on who comes with a cursor.
     *
     * @param channel the channel
     * @param cursor what the client brought
     * @param tail the newest frame
     */
    public Future<Replay> resume(ChannelName channel, Cursor cursor, Cursor tail) {
        return resume(channel, cursor, cursor, tail);
    }

    /** Looks for the first event behind a cursor, and whether it has expired; few frames are nobody's to see. */
    private Future<Replay> resume(ChannelName channel, Cursor cursor, Cursor from, Cursor tail) {
        return after(channel, from, tail, LOOK).compose(found -> {
            if (!(found instanceof Found.Frames good)) {
                return reset(channel, ((Found.Lost) found).reason(), tail);
            }
            if (good.frames().isEmpty() && !good.cursor().equals(from)) {
                return resume(channel, cursor, good.cursor(), tail);
            }
            boolean kept =
                    good.frames().isEmpty() || isKept(channel, good.frames().get(0));
            return kept ? Future.succeededFuture(Replay.from(cursor)) : reset(channel, Reason.EXPIRED, tail);
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
        return retained(channel, tail).map(kept -> Replay.reset(reason, before(kept, 0, tail)));
    }

    /**
     * Begins with the newest events.
     *
     * @param channel the channel
     * @param count how many
     * @param tail the newest frame
     */
    public Future<Replay> last(ChannelName channel, int count, Cursor tail) {
        return retained(channel, tail).map(kept -> Replay.from(before(kept, Math.max(0, kept.size() - count), tail)));
    }

    /**
     * Begins with the first event of a time.
     *
     * @param channel the channel
     * @param time in milliseconds since 1970
     * @param tail the newest frame
     */
    public Future<Replay> since(ChannelName channel, long time, Cursor tail) {
        return retained(channel, tail).map(kept -> {
            int older = (int) kept.stream()
                    .filter(each -> each.event().frame().time() < time)
                    .count();
            return Replay.from(before(kept, older, tail));
        });
    }

    private static Cursor before(List<Kept> kept, int index, Cursor tail) {
        return index < kept.size() ? kept.get(index).before() : tail;
    }

    /**
     * An event that is kept.
     *
     * @param event the event
     * @param before the cursor right before it
     */
    public record Kept(Numbered event, Cursor before) {}

    /**
     * All events that are kept, oldest first.
     *
     * @param channel the channel
     * @param tail the newest frame
     */
    public Future<List<Kept>> retained(ChannelName channel, Cursor tail) {
        return tail instanceof Cursor.At last
                ? retained(channel, 0, last.sequence(), new ArrayList<>())
                : Future.succeededFuture(List.of());
    }

    private Future<List<Kept>> retained(ChannelName channel, long from, long tail, List<Kept> kept) {
        return history.read(channel, from, CHUNK).compose(read -> {
            List<Numbered> upToTail =
                    read.stream().filter(each -> each.sequence() <= tail).toList();
            return visible(channel, upToTail).compose(frames -> {
                Map<Long, Integer> tags = new HashMap<>();
                upToTail.forEach(each -> tags.put(each.sequence(), each.frame().tag()));
                if (!read.isEmpty() && read.get(0).sequence() > from) {
                    // What was read before has been evicted meanwhile, and more: there must be no hole.
                    kept.clear();
                }
                for (Numbered event : frames) {
                    boolean again = from > 0 && event.sequence() == from;
                    if (!again && isKept(channel, event)) {
                        kept.add(new Kept(event, before(event, tags)));
                    }
                }
                // One frame comes again, for its tag: it stands before the next chunk's first.
                long next = read.isEmpty() ? tail : read.get(read.size() - 1).sequence();
                return next >= tail || read.size() <= 1
                        ? Future.succeededFuture(kept)
                        : retained(channel, next, tail, kept);
            });
        });
    }

    // What the leader believed to stand before it is asked only if that is gone: another leader may have been in
    // between.
    private static Cursor before(Numbered event, Map<Long, Integer> tags) {
        long sequence = event.sequence() - 1;
        return new Cursor.At(sequence, tags.getOrDefault(sequence, event.frame().previousTag()));
    }

    private boolean isKept(ChannelName channel, Numbered each) {
        return isKept(channel, each.frame().time());
    }

    /**
     * Whether an event has not expired.
     *
     * @param channel its channel
     * @param time when its leader got it, in milliseconds since 1970
     */
    public boolean isKept(ChannelName channel, long time) {
        return clock.millis() - time < rules.retention(channel).ttl().toMillis();
    }
}
