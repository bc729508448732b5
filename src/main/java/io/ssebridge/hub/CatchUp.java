package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.time.NodeClock;
import io.vertx.core.AsyncResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Those seats of an {@link Audience} whose next event is not among its newest: they get it from the history.
 *
 * <p>When a node dies, thousands come back from the same few places. Those at the same one share a reading, and what was
 * read right before the newest stays with them, so that who comes next needs no reading at all.
 *
 * <p><b>Owner:</b> that of the audience.
 */
final class CatchUp {
    private static final Logger LOG = LoggerFactory.getLogger(CatchUp.class);
    // So many get at once what was read: let others in between.
    private static final int SLICE = 500;
    private static final int READ = 64;
    private static final long READ_AGAIN_MILLIS = 500;

    private final Owner owner;
    private final ChannelName channel;
    private final HistoryReader history;
    private final Newest newest;
    private final NodeClock clock;
    private final IntSupplier seats;
    private final Consumer<Seat> flush;
    // Who waits for a reading, by the cursor behind which it begins.
    private final Map<Cursor, List<Seat>> readers = new HashMap<>();

    /**
     * Nobody yet.
     *
     * @param seats how many the audience has
     * @param flush gives a seat what it lacks of the newest, and sends it here again if that is older
     */
    CatchUp(
            Owner owner,
            ChannelName channel,
            HistoryReader history,
            Newest newest,
            NodeClock clock,
            IntSupplier seats,
            Consumer<Seat> flush) {
        this.owner = owner;
        this.channel = channel;
        this.history = history;
        this.newest = newest;
        this.clock = clock;
        this.seats = seats;
        this.flush = flush;
    }

    /** Reads on for a seat, and flushes it then. */
    void read(Seat seat) {
        seat.next = Seat.BEHIND;
        seat.reading = true;
        Cursor from = seat.cursor();
        List<Seat> sharing = readers.get(from);
        if (sharing != null) {
            sharing.add(seat);
            return;
        }
        readers.put(from, new ArrayList<>(List.of(seat)));
        Cursor to = newest.tail();
        history.after(channel, from, to, READ).onComplete(read -> {
            Consumer<Seat> step = whenRead(from, to, read);
            forEach(Objects.requireNonNull(readers.remove(from)), 0, step);
        });
    }

    /** What a reading means for each who waited for it. */
    private Consumer<Seat> whenRead(Cursor from, Cursor to, AsyncResult<Found> read) {
        if (read.failed()) {
            LOG.warn(
                    "The history of {} cannot be read: {}",
                    channel,
                    read.cause().toString());
            return seat -> owner.after(READ_AGAIN_MILLIS, () -> resume(seat));
        }
        if (read.result() instanceof Found.Lost lost) {
            return seat -> reset(seat, lost);
        }
        Found.Frames found = (Found.Frames) read.result();
        if (found.cursor().equals(from) && to.equals(newest.tail())) {
            // It is ahead of what was announced here: the next announcement finds it.
            return seat -> {
                find(seat);
                seat.reading = false;
            };
        }
        List<Entry> events = found.frames().stream()
                .map(event -> Entry.of(channel, event, true))
                .toList();
        keep(from, events, found.cursor());
        return seat -> goOn(seat, events, found.cursor());
    }

    private void forEach(List<Seat> readers, int from, Consumer<Seat> step) {
        int until = Math.min(from + SLICE, readers.size());
        readers.subList(from, until).forEach(step);
        if (until < readers.size()) {
            owner.run(() -> forEach(readers, until, step));
        }
    }

    /** Puts what was read before the newest, as far as it ends where they begin, and as much as may be spared for it. */
    private void keep(Cursor from, List<Entry> read, Cursor behind) {
        int end = read.size();
        while (end > 0 && !behind.equals(newest.head()) && !isBeforeNewest(read.get(end - 1))) {
            end--;
        }
        for (int i = end - 1; i >= 0 && newest.hasSpareRoom(seats.getAsInt()); i--) {
            newest.addFirst(i == 0 ? from : read.get(i - 1).cursor(), read.get(i));
        }
    }

    private boolean isBeforeNewest(Entry entry) {
        return entry.cursor().equals(newest.head());
    }

    private void goOn(Seat seat, List<Entry> read, Cursor behind) {
        find(seat);
        if (seat.next == Seat.BEHIND) {
            deliver(seat, read, behind);
            find(seat);
        }
        resume(seat);
    }

    private void reset(Seat seat, Found.Lost lost) {
        history.reset(channel, lost.reason(), newest.tail()).onComplete(replay -> {
            if (replay.failed()) {
                owner.after(READ_AGAIN_MILLIS, () -> resume(seat));
            } else {
                Cursor oldest = replay.result().cursor();
                deliver(seat, List.of(Entry.reset(channel, lost.reason(), oldest)), oldest);
                find(seat);
                resume(seat);
            }
        });
    }

    private void deliver(Seat seat, List<Entry> events, Cursor behind) {
        List<Entry> fitting = Batches.fitting(0, events.size(), number -> events.get((int) number));
        if (!fitting.isEmpty()) {
            seat.subscriber.write(seat.numbered(fitting), clock.millis());
        }
        if (fitting.size() == events.size()) {
            seat.move(behind);
        }
    }

    private void resume(Seat seat) {
        seat.reading = false;
        flush.accept(seat);
    }

    /** Looks for a seat's cursor among the newest entries. */
    private void find(Seat seat) {
        seat.next = newest.find(seat.cursor());
    }
}
