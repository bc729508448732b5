package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.history.Replay;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One live channel on this node: the event loops that have subscribers, and how far its events have come.
 *
 * <p>Announcements say behind which frame they begin. One that begins where the hub stands is handed on. Any other means a
 * hole: the bus may lose messages, and leaders change. It is filled from the history, never beyond an announced tail; and
 * where the history no longer knows the frame that the hub stands at, everybody here is reset.
 *
 * <p><b>Owner:</b> that of {@link Hubs}.
 */
final class Hub {
    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);
    private static final int READ = 64;
    private static final long READ_AGAIN_MILLIS = 200;

    private final Vertx vertx;
    private final ChannelName channel;
    private final HistoryReader history;
    private final boolean keeps;
    private final List<Loop> loops = new ArrayList<>(1);
    // Only until it is: thousands of hubs would hold on to how they once asked.
    private @Nullable Future<Cursor> attaching;
    private @Nullable Cursor cursor;
    // How far to read, once the reading that is under way is done.
    private @Nullable Cursor wanted;
    private boolean reading;

    /** An event loop, and how many of its streams have joined. */
    private static final class Loop {
        private final Audiences audiences;
        private int streams;

        private Loop(Audiences audiences) {
            this.audiences = audiences;
        }
    }

    Hub(Vertx vertx, ChannelName channel, HistoryReader history) {
        this.vertx = vertx;
        this.channel = channel;
        this.history = history;
        this.keeps = history.keeps(channel);
    }

    /** Attaches the channel if it is not yet, or if that failed; tells how far its events have come. */
    Future<Cursor> attach(Supplier<Future<Cursor>> feed) {
        if (cursor != null) {
            return Future.succeededFuture(cursor);
        }
        if (attaching == null || attaching.failed()) {
            attaching = feed.get().onSuccess(this::begin);
        }
        return attaching.map(tail -> cursor == null ? tail : cursor);
    }

    private void begin(Cursor tail) {
        attaching = null;
        Cursor announcedMeanwhile = wanted;
        cursor = tail;
        wanted = null;
        if (announcedMeanwhile != null) {
            reaches(announcedMeanwhile);
        }
    }

    /** One more stream of an event loop. */
    void add(Audiences audiences) {
        for (Loop loop : loops) {
            if (loop.audiences == audiences) {
                loop.streams++;
                return;
            }
        }
        Loop first = new Loop(audiences);
        first.streams = 1;
        loops.add(first);
    }

    /** One stream less. */
    void remove(Audiences audiences) {
        loops.removeIf(loop -> loop.audiences == audiences && --loop.streams == 0);
    }

    /** Says to a loop how far the events have come. */
    void repeat(Audiences audiences) {
        if (cursor != null) {
            audiences.offer(channel, cursor, List.of(), cursor);
        }
    }

    boolean isEmpty() {
        return loops.isEmpty();
    }

    /** The leader has announced events. */
    void announced(Cursor from, List<Numbered> frames, Cursor tail) {
        if (frames.isEmpty() && tail.equals(cursor)) {
            // Repeated for those who have lost it: nothing for the event loops to wake up for.
            return;
        }
        if (!keeps) {
            handOn(frames, tail);
        } else if (from.equals(cursor) && !reading) {
            handOn(frames, tail);
        } else {
            reaches(tail);
        }
    }

    /** The history reaches to this frame. */
    void reaches(Cursor tail) {
        if (!keeps) {
            return;
        }
        if (cursor == null || reading) {
            wanted = tail;
        } else if (!tail.equals(cursor)) {
            read(cursor, tail);
        }
    }

    private void read(Cursor from, Cursor tail) {
        reading = true;
        history.standing(channel, from, tail, READ).onComplete(found -> {
            if (found.failed()) {
                LOG.warn(
                        "The history of {} cannot be read: {}",
                        channel,
                        found.cause().toString());
                vertx.setTimer(READ_AGAIN_MILLIS, later -> read(from, tail));
            } else if (found.result() instanceof Found.Frames frames) {
                handOn(frames.frames(), frames.cursor());
                goOn(tail, frames.cursor().equals(from));
            } else {
                reset(((Found.Lost) found.result()).reason(), tail);
            }
        });
    }

    private void reset(Replay.Reason reason, Cursor tail) {
        history.reset(channel, reason, tail).onComplete(replay -> {
            if (replay.failed()) {
                vertx.setTimer(READ_AGAIN_MILLIS, later -> reset(reason, tail));
            } else {
                Cursor oldest = replay.result().cursor();
                offer(List.of(Entry.reset(channel, reason, oldest)), oldest);
                goOn(tail, false);
            }
        });
    }

    private void goOn(Cursor tail, boolean nothingMore) {
        reading = false;
        Cursor next = wanted == null ? tail : wanted;
        wanted = null;
        if (!nothingMore || !next.equals(tail)) {
            reaches(next);
        }
    }

    private void handOn(List<Numbered> frames, Cursor behind) {
        List<Entry> entries = new ArrayList<>(frames.size());
        frames.forEach(frame -> entries.add(Entry.of(channel, frame, keeps)));
        offer(entries, behind);
    }

    private void offer(List<Entry> entries, Cursor behind) {
        Cursor before = cursor == null ? behind : cursor;
        cursor = behind;
        loops.forEach(loop -> loop.audiences.offer(channel, before, entries, behind));
    }
}
