package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The subscribers of one channel on one event loop, and the newest events of that channel.
 *
 * <p>A subscriber is a cursor, and there is one act: <i>send what comes after it</i>. Nothing queues per subscriber. Whose
 * next event is among the newest gets it from here, shared with the others; everything that is pending goes out in one
 * write. Whose is older, because it was away or has been slow, is <i>behind</i>: it {@linkplain CatchUp gets the next ones
 * from the history}, as fast as it takes them, until it stands among the newest again. Who is not writable is passed over
 * and costs nothing. When it is writable again it gets what the last round had for everybody, and no more: what has come
 * since then waits for the next round. So those who are slow get the same pieces, which are made once for all of them.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class Audience {
    // A round over ten thousand sockets takes 50 ms and more: let others in between.
    private static final int SLICE = 500;
    // How long what was made waits for those who are a little late.
    private static final long SHARED_MILLIS = 100;

    private final Owner owner;
    private final ChannelName channel;
    private final HistoryReader history;
    private final boolean keeps;
    private final NodeClock clock;
    private final Pace pace;
    private final List<Seat> seats = new ArrayList<>(1);
    private final Newest newest;
    private final Batches batches;
    private final CatchUp catchUp;
    // Whether a timer will let go of the batches.
    private boolean closing;
    // Behind the last entry of the latest round.
    private long due;
    // Whether that round has passed somebody over.
    private boolean lagging;
    // The number of the last: who comes from before it is told first, and not given what is no more.
    private long lastNotice = -1;
    private boolean inRound;

    Audience(Owner owner, ChannelName channel, HistoryReader history, Duration linger, NodeClock clock, Cursor tail) {
        this.owner = owner;
        this.channel = channel;
        this.history = history;
        this.clock = clock;
        this.keeps = history.keeps(channel);
        this.pace = new Pace(linger);
        this.newest = new Newest(tail);
        this.due = newest.end();
        this.batches = new Batches(newest);
        this.catchUp = new CatchUp(owner, channel, history, newest, clock, seats::size, this::flush);
    }

    /** Seats a subscriber at its bookmark and gives it what it lacks. */
    Seat add(Subscriber subscriber, Bookmarks bookmarks, int index) {
        Seat seat = new Seat(subscriber, bookmarks, index, seats.size());
        seats.add(seat);
        seat.next = keeps ? newest.find(seat.cursor()) : newest.end();
        flush(seat);
        return seat;
    }

    void remove(Seat seat) {
        Seat last = seats.remove(seats.size() - 1);
        if (last != seat) {
            seats.set(seat.index, last);
            last.index = seat.index;
            // It may have moved to where the round has passed already.
            flush(last);
        }
    }

    boolean isEmpty() {
        return seats.isEmpty();
    }

    /** Whether who comes with this cursor can go on from here, and has missed nothing that has expired meanwhile. */
    boolean holds(Cursor cursor) {
        long next = keeps ? newest.find(cursor) : Seat.BEHIND;
        return next != Seat.BEHIND
                && next > lastNotice
                && (next == newest.end()
                        || history.isKept(channel, newest.get(next).time()));
    }

    /** New entries, and the cursors before and behind them. */
    void offer(Cursor before, List<Entry> more, Cursor behind) {
        if (keeps && !before.equals(newest.tail())) {
            // Something was missed here, as between joining and the first seat: the history has it.
            newest.startAnew(before);
        }
        for (Entry entry : more) {
            if (entry.isNotice()) {
                lastNotice = newest.end();
            }
            newest.add(entry);
        }
        newest.moveTail(behind);
        newest.bound(more.size());
        if (!inRound) {
            inRound = true;
            nextRound();
        }
    }

    private void nextRound() {
        long wait = pace.waitMillis(System.nanoTime());
        if (wait > 0) {
            owner.after(wait, this::round);
        } else {
            round();
        }
    }

    private void round() {
        batches.close();
        due = newest.end();
        lagging = false;
        slice(0, System.nanoTime());
    }

    /** Writes to each seat what it lacks; what comes meanwhile goes out in another round, all in one write per seat. */
    private void slice(int from, long started) {
        int until = Math.min(from + SLICE, seats.size());
        for (int i = from; i < until && i < seats.size(); i++) {
            Seat seat = seats.get(i);
            give(seat);
            lagging |= seat.next < due;
        }
        if (until < seats.size()) {
            owner.run(() -> slice(until, started));
            return;
        }
        if (lagging) {
            closeLater();
        } else {
            batches.close();
        }
        pace.made(started, System.nanoTime());
        if (newest.end() > due) {
            owner.run(this::nextRound);
        } else {
            inRound = false;
            dropSpare();
        }
    }

    /** Gives a seat what it lacks, as far as it is writable. */
    void flush(Seat seat) {
        give(seat);
        closeLater();
    }

    /** Lets go of what was made, once those who are a little late have had it too. */
    private void closeLater() {
        if (!closing && !batches.isEmpty()) {
            closing = true;
            owner.after(SHARED_MILLIS, () -> {
                closing = false;
                batches.close();
            });
        }
    }

    private void give(Seat seat) {
        if (!keeps && seat.next < due) {
            // Nobody can be behind where nothing is kept: who is slow goes on with the newest.
            seat.next = Math.max(seat.next, seat.subscriber.isWritable() ? newest.first() : due - 1);
        }
        while (!seat.reading && seat.next < due && seat.subscriber.isWritable()) {
            if (seat.next < newest.first()) {
                // Goes on when it has read, which may be at once.
                catchUp.read(seat);
                return;
            } else if (seat.isAlone()) {
                Batches.Batch batch = batches.from(seat.next, due);
                seat.move(newest.get(batch.to() - 1).cursor());
                seat.next = batch.to();
                seat.subscriber.write(batch.frames(), clock.millis());
            } else {
                List<Entry> missed = Batches.fitting(seat.next, due, newest::get);
                seat.next += missed.size();
                seat.subscriber.write(seat.numbered(missed), clock.millis());
            }
        }
    }

    private void dropSpare() {
        long slowest = newest.end();
        for (Seat seat : seats) {
            if (seat.next != Seat.BEHIND) {
                slowest = Math.min(slowest, seat.next);
            }
        }
        newest.dropSpare(slowest, seats.size());
    }
}
