package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.History;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.List;

/**
 * Finds where a channel's history ends, and what stands there: a leader appends behind it, and does not append what it
 * finds.
 *
 * <p><b>Owner:</b> the node's own context; it remembers nothing.
 */
final class HistoryEnd {
    // More than several nodes may have on their way at once, each a batch.
    private static final int LOOK_BACK = 256;

    private final ChannelName name;
    private final History history;
    private final HistoryReader reader;
    private final Directory directory;
    private final NodeClock clock;

    /**
     * An end that was found.
     *
     * @param tail the newest frame
     * @param time its time, which the next one's is not to be before
     */
    record End(Cursor tail, long time) {}

    /**
     * What stands in a stretch of a history.
     *
     * @param events its events, as readers see them
     * @param end the end of the stretch
     */
    record Stretch(List<Numbered> events, End end) {
        private static Stretch empty(Cursor.Start start) {
            return new Stretch(List.of(), new End(start, 0));
        }

        static Stretch of(List<Numbered> events, Numbered last) {
            return new Stretch(events, new End(last.cursor(), last.frame().time()));
        }
    }

    HistoryEnd(ChannelName name, History history, HistoryReader reader, Directory directory, NodeClock clock) {
        this.name = name;
        this.history = history;
        this.reader = reader;
        this.directory = directory;
        this.clock = clock;
    }

    /** Finds the end for the first time; enters the channel into the directory. */
    Future<Stretch> enter() {
        return directory.enter(name, clock.millis()).compose(entry -> {
            Cursor.Start none = new Cursor.Start(entry.emptySince());
            return entry.hasHistory() ? find(none) : Future.succeededFuture(Stretch.empty(none));
        });
    }

    /** Notes that there is going to be a history. */
    Future<Void> begin() {
        return directory.hasHistory(name);
    }

    /**
     * Finds the end anew.
     *
     * @param known the end as it was found before: the stretch reaches back to there, if not further
     */
    Future<Stretch> find(Cursor known) {
        return history.extent(name).compose(extent -> {
            if (extent.isEmpty()) {
                // It is lost: who remembers an earlier emptiness shall not take this one for it.
                return Future.succeededFuture(Stretch.empty(new Cursor.Start(clock.millis())));
            }
            // Back to what is known, if that is further: appends whose answers were lost may have been made many times.
            long unknown = known instanceof Cursor.At at ? at.sequence() + 1 : Long.MAX_VALUE;
            long from = Math.min(unknown, extent.tail() - LOOK_BACK + 1);
            return between(Math.max(extent.head(), from), extent.tail());
        });
    }

    /** The stretch from one frame to another, or to what is there of it. */
    Future<Stretch> between(long from, long last) {
        return history.readAll(name, from, last)
                .compose(read ->
                        reader.visible(name, read).map(events -> Stretch.of(events, read.get(read.size() - 1))));
    }

    /**
     * Destroys the history and takes the channel out of the directory.
     *
     * @param known where the history ends, as far as is known
     * @return whether that is so; if not, nothing is destroyed: it would take along what another leader has appended
     */
    Future<Boolean> destroy(Cursor known) {
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

    // Also what has no frame: a ring takes its memory nevertheless.
    private Future<Void> gone(Cursor known) {
        Future<Void> destroyed =
                known instanceof Cursor.At || history.exists(name) ? history.destroy(name) : Future.succeededFuture();
        return destroyed.compose(done -> directory.remove(name));
    }
}
