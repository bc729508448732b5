package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.history.Replay;
import io.ssebridge.subscriber.StreamOptions;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
    private static final int READ = 64;
    private static final long READ_AGAIN_MILLIS = 200;

    private final Owner owner;
    private final Warnings failures;
    private final ChannelName channel;
    private final HistoryReader history;
    private final StreamOptions streams;
    private final boolean keeps;
    private final List<Loop> loops = new ArrayList<>(1);
    // Only until it is: thousands of hubs would hold on to how they once asked.
    private @Nullable Future<Cursor> attaching;
    private @Nullable Cursor cursor;
    // How far to read, once the reading that is under way is done.
    private @Nullable Cursor wanted;
    // How far the reading that is under way goes.
    private @Nullable Cursor target;
    private boolean reading;
    // Counts the resets: a reading from before the last of them comes to nothing.
    private int life;
    private @Nullable Cursor cursorSeen;
    private boolean wasReading;

    /** An event loop, and how many of its streams have joined. */
    private static final class Loop {
        private final Audiences audiences;
        private int streams;

        private Loop(Audiences audiences) {
            this.audiences = audiences;
        }
    }

    Hub(Owner owner, ChannelName channel, HistoryReader history, StreamOptions streams, Warnings failures) {
        this.owner = owner;
        this.failures = failures;
        this.channel = channel;
        this.history = history;
        this.streams = streams;
        this.keeps = history.keeps(channel);
    }

    /** Attaches the channel if it is not yet, or if that failed; tells how far its events have come. */
    Future<Cursor> attach(Supplier<Future<Cursor>> feed) {
        if (cursor != null) {
            return Future.succeededFuture(cursor);
        }
        if (attaching == null || attaching.failed()) {
            // Even where asking fails at once, it is an answer: whoever has joined is told, and leaves.
            attaching = Owner.attempt(feed).onSuccess(this::begin);
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
            reading = true;
            target = tail;
            int begun = life;
            Repeat.whileTrue(owner, () -> read(begun));
        }
    }

    /** Makes one reading; answers whether another one is to follow. */
    private Future<Boolean> read(int begun) {
        Cursor from = cursor;
        Cursor to = target;
        if (begun != life || from == null || to == null) {
            return Future.succeededFuture(false);
        }
        return Owner.attempt(
                        () -> history.standing(channel, from, to, READ).compose(found -> take(found, from, to, begun)))
                .recover(failure -> {
                    failures.warn("The history of {} cannot be read: {}", channel, failure.toString());
                    return owner.delay(READ_AGAIN_MILLIS).map(true);
                });
    }

    private Future<Boolean> take(Found found, Cursor from, Cursor to, int begun) {
        if (begun != life) {
            return Future.succeededFuture(false);
        }
        if (found instanceof Found.Frames frames) {
            handOn(frames.frames(), frames.cursor());
            return Future.succeededFuture(goesOn(to, frames.cursor().equals(from)));
        }
        Replay.Reason reason = ((Found.Lost) found).reason();
        return history.reset(channel, reason, to).map(replay -> {
            if (begun != life) {
                return false;
            }
            Cursor oldest = replay.cursor();
            offer(List.of(Entry.reset(channel, reason, oldest)), oldest);
            return goesOn(to, false);
        });
    }

    private boolean goesOn(Cursor to, boolean nothingMore) {
        Cursor next = wanted == null ? to : wanted;
        wanted = null;
        target = next;
        reading = (!nothingMore || !next.equals(to)) && !next.equals(cursor);
        return reading;
    }

    /** Begins anew if a reading is under way and has brought nothing since this was called last; tells whether so. */
    boolean resetIfStuck() {
        boolean stuck = reading && wasReading && Objects.equals(cursor, cursorSeen);
        wasReading = reading;
        cursorSeen = cursor;
        if (stuck) {
            life++;
            reading = false;
            Cursor next = wanted == null ? target : wanted;
            wanted = null;
            if (next != null) {
                reaches(next);
            }
        }
        return stuck;
    }

    private void handOn(List<Numbered> frames, Cursor behind) {
        List<Entry> entries = new ArrayList<>(frames.size());
        frames.forEach(frame -> entries.add(Entry.of(channel, frame, keeps, streams)));
        offer(entries, behind);
    }

    private void offer(List<Entry> entries, Cursor behind) {
        Cursor before = cursor == null ? behind : cursor;
        cursor = behind;
        loops.forEach(loop -> loop.audiences.offer(channel, before, entries, behind));
    }
}
