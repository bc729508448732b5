package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventFilter;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.history.Replay.Reason;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.Optional;

/** Finds where subscribers continue. Any thread; answers come on the caller's context. */
final class ReplayFinder {
    private static final int LOOK = 4;

    private final IntervalReader reader;
    private final HistorySearch search;
    private final Expiry expiry;
    private final PersonalData personal;
    private final SharedReadings<TailQuery<Cursor>, Replay> resumes;
    private final SharedReadings<TailQuery<Count>, HistorySearch.Newest> newest;
    private final SharedReadings<TailQuery<Long>, Cursor> oldest;

    /** A number of newest events that a reader gets. */
    private record Count(int count, EventFilter filter) {}

    ReplayFinder(IntervalReader reader, HistorySearch search, Expiry expiry, PersonalData personal, NodeClock clock) {
        this.reader = reader;
        this.search = search;
        this.expiry = expiry;
        this.personal = personal;
        this.resumes = new SharedReadings<>(clock);
        this.newest = new SharedReadings<>(clock);
        this.oldest = new SharedReadings<>(clock);
    }

    /** Finds where a subscriber that comes with a cursor continues; see {@link HistoryReader#resume}. */
    Future<Replay> resume(ChannelName channel, Cursor cursor, Cursor tail) {
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
        return reader.after(channel, from[0], tail, LOOK).compose(found -> {
            if (!(found instanceof Found.ReadFrames good)) {
                return reset(channel, ((Found.Lost) found).reason(), tail).map(Optional::of);
            }
            if (good.frames().isEmpty() && !good.cursor().equals(from[0])) {
                from[0] = good.cursor();
                return Future.succeededFuture(Optional.empty());
            }
            boolean kept = good.frames().isEmpty()
                    || expiry.isKept(channel, good.frames().get(0));
            return kept
                    ? Future.succeededFuture(Optional.of(Replay.from(cursor)))
                    : reset(channel, Reason.EXPIRED, tail).map(Optional::of);
        });
    }

    /** Continues at the oldest frame that is kept; see {@link HistoryReader#reset}. */
    Future<Replay> reset(ChannelName channel, Reason reason, Cursor tail) {
        return since(channel, Long.MIN_VALUE, tail).map(oldest -> Replay.reset(reason, oldest.cursor()));
    }

    /** Finds the cursor before the newest events; see {@link HistoryReader#last}. */
    Future<Replay> last(ChannelName channel, int count, EventFilter filter, Cursor tail) {
        if (!(tail instanceof Cursor.At last)) {
            return Future.succeededFuture(Replay.from(tail));
        }
        // Nearly always these events are for every reader. Then all readers share one search.
        boolean isShared = personal.part(channel, filter.profile()).isEmpty();
        return newest(channel, new Count(count, isShared ? filter.with(null) : filter), last)
                .compose(found -> isShared && found.selective() && filter.profile() != null
                        ? newest(channel, new Count(count, filter), last)
                        : Future.succeededFuture(found))
                .map(found -> Replay.from(found.cursor()));
    }

    private Future<HistorySearch.Newest> newest(ChannelName channel, Count wanted, Cursor.At tail) {
        return newest.answer(
                new TailQuery<>(channel, wanted, tail),
                () -> search.newest(
                        FrameView.of(personal, channel, wanted.filter().profile()),
                        wanted.count(),
                        wanted.filter(),
                        each -> !expiry.isKept(channel, each),
                        tail));
    }

    /** Finds the cursor before the first event since a time; see {@link HistoryReader#since}. */
    Future<Replay> since(ChannelName channel, long timeMillis, Cursor tail) {
        if (!(tail instanceof Cursor.At last)) {
            return Future.succeededFuture(Replay.from(tail));
        }
        return oldest.answer(
                        new TailQuery<>(channel, timeMillis, tail),
                        () -> search.oldest(
                                channel,
                                each -> each.frame().timeMillis() < timeMillis || !expiry.isKept(channel, each),
                                last))
                .map(Replay::from);
    }
}
