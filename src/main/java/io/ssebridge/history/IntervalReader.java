package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.GenesisFrame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.history.Replay.Reason;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads the frames after a cursor, and checks the cursor. {@link HistoryReader} says which cursors are valid. Any
 * thread; answers come on the caller's context.
 */
final class IntervalReader {
    private final History history;
    private final Function<ChannelName, Future<Boolean>> exists;
    private final Visibility visibility;
    private final SharedReadings<TailQuery<Interval>, Found> readings;

    /** At most {@code max} frames after a cursor. */
    private record Interval(Cursor cursor, int max) {}

    /**
     * Creates a reader of a store.
     *
     * @param exists tells whether a channel has a history
     */
    IntervalReader(
            History history, Function<ChannelName, Future<Boolean>> exists, Visibility visibility, NodeClock clock) {
        this.history = history;
        this.exists = exists;
        this.visibility = visibility;
        this.readings = new SharedReadings<>(clock);
    }

    /** Reads on from a cursor; see {@link HistoryReader#after}. */
    Future<Found> after(ChannelName channel, Cursor cursor, Cursor tail, int max) {
        if (cursor.equals(tail)) {
            return Future.succeededFuture(new Found.ReadFrames(List.of(), cursor));
        }
        if (cursor instanceof Cursor.Start start && tail instanceof Cursor.Start none) {
            return empty(start, none);
        }
        return readings.answer(
                new TailQuery<>(channel, new Interval(cursor, max), tail),
                () -> tail instanceof Cursor.At last
                        ? upTo(last, channel, cursor, max)
                        : aheadOfTheFirst(channel, (Cursor.At) cursor));
    }

    private Future<Found> upTo(Cursor.At last, ChannelName channel, Cursor cursor, int max) {
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

    private static Future<Found> empty(Cursor.Start cursor, Cursor.Start tail) {
        return isNotBefore(cursor, tail.timeMillis())
                ? Future.succeededFuture(new Found.ReadFrames(List.of(), tail))
                : lost(Reason.LOST);
    }

    // This node knows of no first event yet, but the client may know one from another node.
    private Future<Found> aheadOfTheFirst(ChannelName channel, Cursor.At cursor) {
        return exists.apply(channel).compose(there -> there ? ahead(channel, cursor) : lost(Reason.LOST));
    }

    /** Reads the frame directly before a cursor; empty if the history does not have it. */
    Future<Optional<NumberedFrame>> at(ChannelName channel, Cursor.At cursor) {
        return exists.apply(channel)
                .compose(there -> there
                        ? history.read(channel, cursor.sequence(), 1)
                                .map(read -> read.stream()
                                        .filter(each -> each.cursor().equals(cursor))
                                        .findFirst())
                        : Future.succeededFuture(Optional.empty()));
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
        List<NumberedFrame> after;
        if (cursor instanceof Cursor.At at) {
            if (first.sequence() == at.sequence() && first.frame().tag() == at.tag()) {
                after = read.subList(1, read.size());
            } else if (first.sequence() == at.sequence() + 1 && first.frame().previousTag() == at.tag()) {
                after = read;
            } else {
                return lost(first.sequence() > at.sequence() ? Reason.EXPIRED : Reason.LOST);
            }
        } else if (first.sequence() > 0) {
            return lost(Reason.EXPIRED);
        } else if (first.frame() instanceof GenesisFrame genesis
                && isNotBefore((Cursor.Start) cursor, genesis.sinceMillis())) {
            after = read;
        } else {
            return lost(Reason.LOST);
        }
        Cursor reached = read.get(read.size() - 1).cursor();
        return visibility.visible(channel, after).map(frames -> new Found.ReadFrames(frames, reached));
    }

    // Compares in seconds, because an event id has no room for milliseconds.
    private static boolean isNotBefore(Cursor.Start start, long sinceMillis) {
        return start.timeMillis() / 1_000 >= sinceMillis / 1_000;
    }

    private static Future<Found> lost(Reason reason) {
        return Future.succeededFuture(new Found.Lost(reason));
    }
}
