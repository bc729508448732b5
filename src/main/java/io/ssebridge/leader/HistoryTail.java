package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.History;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.List;

/**
 * Finds the end of a channel's history and the newest events. A leader appends after the end, and does not append
 * events that it finds there.
 *
 * <p><b>Owner:</b> the event loop of the channels. It keeps no state.
 */
final class HistoryTail {
    // More frames than several nodes can have in flight at once, one batch for each node.
    private static final int LOOK_BACK = 256;

    private final LoopThread owner;
    private final ChannelName name;
    private final History history;
    private final HistoryReader reader;
    private final ChannelDirectory directory;
    private final NodeClock clock;

    /**
     * The end of a history.
     *
     * @param tail the newest frame
     * @param timeMillis the time of that frame; the next frame must not have an earlier time
     */
    record End(Cursor tail, long timeMillis) {}

    /**
     * The content of a part of a history.
     *
     * @param events the events in it, as readers see them
     * @param end the end of the part
     */
    record Stretch(List<NumberedFrame> events, End end) {
        private static Stretch empty(Cursor.Start start) {
            return new Stretch(List.of(), new End(start, 0));
        }

        static Stretch of(List<NumberedFrame> events, NumberedFrame last) {
            return new Stretch(events, new End(last.cursor(), last.frame().timeMillis()));
        }
    }

    HistoryTail(
            LoopThread owner,
            ChannelName name,
            History history,
            HistoryReader reader,
            ChannelDirectory directory,
            NodeClock clock) {
        this.owner = owner;
        this.name = name;
        this.history = history;
        this.reader = reader;
        this.directory = directory;
        this.clock = clock;
    }

    /** Finds the end for the first time, and enters the channel in the directory. */
    Future<Stretch> enter() {
        owner.assertHere();
        return directory.enter(name, clock.millis()).compose(entry -> {
            Cursor.Start none = new Cursor.Start(entry.emptySinceMillis());
            return entry.hasHistory() ? find(none) : Future.succeededFuture(Stretch.empty(none));
        });
    }

    /** Marks in the directory that the channel has a history from now on. */
    Future<Void> begin() {
        owner.assertHere();
        return directory.hasHistory(name);
    }

    /**
     * Finds the end again.
     *
     * @param known the end that was found before; the result reaches back at least to there
     */
    Future<Stretch> find(Cursor known) {
        owner.assertHere();
        return history.extent(name).compose(extent -> {
            if (extent.isEmpty()) {
                // The history is lost. It gets a new start time, so that a subscriber with an earlier start gets a
                // reset.
                return Future.succeededFuture(Stretch.empty(new Cursor.Start(clock.millis())));
            }
            // It reads back to the known end even if that is far away: appends with lost answers may have been repeated
            // many times.
            long unknown = known instanceof Cursor.At at ? at.sequence() + 1 : Long.MAX_VALUE;
            long from = Math.min(unknown, extent.tail() - LOOK_BACK + 1);
            return between(Math.max(extent.head(), from), extent.tail());
        });
    }

    /** Returns the part from one frame to another, as far as these frames still exist. */
    Future<Stretch> between(long from, long last) {
        owner.assertHere();
        return history.readAll(name, from, last)
                .compose(read ->
                        reader.visible(name, read).map(events -> Stretch.of(events, read.get(read.size() - 1))));
    }

    /**
     * Destroys the history and removes the channel from the directory.
     *
     * @param known the known end of the history
     * @return whether the history still ends there. If not, nothing is destroyed, because another leader has appended
     *     events
     */
    Future<Boolean> destroy(Cursor known) {
        owner.assertHere();
        return isStill(known).compose(still -> still ? gone(known).map(true) : Future.succeededFuture(false));
    }

    private Future<Boolean> isStill(Cursor known) {
        if (known instanceof Cursor.Start && !history.exists(name)) {
            return Future.succeededFuture(true);
        }
        return history.extent(name)
                .compose(extent -> extent.isEmpty()
                        ? Future.succeededFuture(true)
                        : history.read(name, extent.tail(), 1)
                                .map(newest -> newest.size() == 1
                                        && newest.get(0).cursor().equals(known)));
    }

    // An empty history is destroyed too, because a ring without frames takes memory.
    private Future<Void> gone(Cursor known) {
        Future<Void> destroyed =
                known instanceof Cursor.At || history.exists(name) ? history.destroy(name) : Future.succeededFuture();
        return destroyed.compose(done -> directory.remove(name));
    }
}
