package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.subscriber.NoDirectMemoryException;
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
    // So many pages of the history one seat gets before others have their turn.
    private static final int PAGES = 16;
    // How long what was made waits for those who are a little late.
    private static final long SHARED_MILLIS = 100;
    // Until then streams have been cut, or have taken what they had.
    private static final long NO_MEMORY_MILLIS = 100;

    private final LoopResources loop;
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
    // Whether there was no memory to write to somebody.
    private boolean starved;
    // The number of the last: who comes from before it is told first, and not given what is no more.
    private long lastNotice = -1;
    private boolean inRound;
    // Counts the resets: what was under way before the last of them comes to nothing.
    private int life;
    // Counts what gets on, for the watchdog.
    private long steps;
    private long stepsSeen = -1;
    private boolean wasWaiting;

    /** Nobody yet. */
    Audience(LoopResources loop, ChannelName channel, Duration linger, Cursor tail) {
        this.loop = loop;
        this.owner = loop.owner();
        this.channel = channel;
        this.history = loop.history();
        this.clock = loop.clock();
        this.keeps = history.keeps(channel);
        this.pace = new Pace(linger);
        this.newest = new Newest(tail);
        this.due = newest.end();
        this.batches = new Batches(newest);
        this.catchUp = new CatchUp(loop, channel, newest, seats::size, this::flush);
    }

    /** Seats a subscriber at its bookmark; it gets what it lacks when it is {@linkplain #flush flushed}. */
    Seat add(Subscriber subscriber, Bookmarks bookmarks, int index) {
        Seat seat = new Seat(subscriber, bookmarks, index, seats.size());
        find(seat);
        seats.add(seat);
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

    /** Nobody is left. */
    void close() {
        life++;
        batches.close();
        catchUp.clear();
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
                catchUp.clearPages();
            }
            newest.add(entry);
        }
        newest.moveTail(behind);
        newest.bound(more.size());
        if (!inRound) {
            nextRound();
        }
    }

    private void nextRound() {
        inRound = false;
        long wait = pace.waitMillis(System.nanoTime());
        if (wait > 0) {
            roundAfter(wait);
        } else {
            round(life);
        }
    }

    private void roundAfter(long millis) {
        int now = life;
        owner.after(millis, () -> round(now));
        inRound = true;
    }

    private void round(int begun) {
        if (begun == life) {
            // Until it is under way.
            inRound = false;
            batches.close();
            due = newest.end();
            lagging = false;
            inRound = true;
            slice(0, System.nanoTime(), begun);
        }
    }

    /** Writes to each seat what it lacks; what comes meanwhile goes out in another round, all in one write per seat. */
    private void slice(int from, long started, int begun) {
        if (begun != life) {
            return;
        }
        boolean goesOn = false;
        try {
            int until = Math.min(from + SLICE, seats.size());
            // Once for all of them: looking at the clock takes half as long as the rest.
            long now = clock.elapsedMillis();
            for (int i = from; i < until && i < seats.size() && !starved; i++) {
                Seat seat = seats.get(i);
                seat.ahead = false;
                give(seat, now);
                lagging |= seat.next < due;
            }
            if (starved) {
                waitForMemory();
                goesOn = true;
            } else if (until < seats.size()) {
                steps++;
                owner.run(() -> slice(until, started, begun));
                goesOn = true;
            } else {
                goesOn = end(started);
            }
        } finally {
            inRound = goesOn;
        }
    }

    /** Answers whether another round is to follow. */
    private boolean end(long started) {
        steps++;
        if (lagging) {
            closeLater();
        } else {
            batches.close();
        }
        pace.made(started, System.nanoTime());
        if (newest.end() > due) {
            int now = life;
            owner.run(() -> {
                if (now == life) {
                    nextRound();
                }
            });
            return true;
        }
        dropSpare();
        return false;
    }

    /** Nobody is cut and nobody misses anything: all get what they lack as soon as there is memory again. */
    private void waitForMemory() {
        starved = false;
        batches.close();
        roundAfter(NO_MEMORY_MILLIS);
    }

    /** Gives a seat what it lacks, as far as it is writable. Whatever goes wrong then, others do not notice. */
    void flush(Seat seat) {
        give(seat, clock.elapsedMillis());
        if (starved && !inRound) {
            waitForMemory();
        }
        closeLater();
    }

    /** Lets go of what was made, once those who are a little late have had it too. */
    private void closeLater() {
        if (!closing && !batches.isEmpty()) {
            owner.after(SHARED_MILLIS, () -> {
                closing = false;
                batches.close();
            });
            closing = true;
        }
    }

    private void give(Seat seat, long now) {
        try {
            giveWhatItLacks(seat, now);
        } catch (NoDirectMemoryException e) {
            starved = true;
            loop.shortages().warn("There is no memory to write events of {} with; they wait", channel, e);
            loop.makeRoom().run();
        } catch (RuntimeException | Error e) {
            cut(seat, e);
        }
    }

    private void giveWhatItLacks(Seat seat, long now) {
        if (!keeps && seat.next < due) {
            // Nobody can be behind where nothing is kept: who is slow goes on with the newest.
            seat.next = Math.max(seat.next, seat.subscriber.isWritable() ? newest.first() : due - 1);
        }
        int pages = 0;
        while (!seat.reading && !seat.ahead && seat.next < due && seat.subscriber.isWritable()) {
            if (seat.next < newest.first()) {
                if (pages++ == PAGES) {
                    giveOn(seat);
                } else {
                    catchUp.advance(seat, now);
                }
            } else if (seat.isAlone()) {
                Batches.Batch batch = batches.from(seat.next, due);
                seat.subscriber.write(batch.frames(), now);
                seat.move(newest.get(batch.to() - 1).cursor());
                seat.next = batch.to();
            } else {
                long first = seat.next;
                List<Entry> missed = Batches.fitting(first, due, newest::get, true);
                seat.writeNumbered(missed, i -> batches.body(first + i), now);
                seat.next = first + missed.size();
            }
        }
    }

    private void giveOn(Seat seat) {
        steps++;
        seat.reading = true;
        int now = life;
        owner.run(() -> {
            if (now == life) {
                seat.reading = false;
                flush(seat);
            }
        });
    }

    /** Ends a stream that cannot be written to: its client comes back with its id, and misses nothing. */
    private void cut(Seat seat, Throwable why) {
        seat.next = Seat.CUT;
        loop.cuts().warn("A stream of {} cannot be written to; it is cut", channel, why);
        // Not at once: others may be in the midst of their seats.
        owner.run(seat.subscriber::cut);
        if (why instanceof Error error) {
            // The round goes on, but this is for whoever looks after the process.
            owner.run(() -> {
                throw error;
            });
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

    private void find(Seat seat) {
        seat.next = keeps ? newest.find(seat.cursor()) : newest.end();
    }

    /** Begins anew if events wait and nothing has moved since this was called last; tells whether that was so. */
    boolean resetIfStuck() {
        boolean overdue = catchUp.dropOverdue();
        boolean waiting = inRound || seats.stream().anyMatch(this::waits);
        boolean stuck = waiting && wasWaiting && steps == stepsSeen;
        wasWaiting = waiting;
        stepsSeen = steps;
        if (stuck) {
            reset();
        }
        return stuck || overdue;
    }

    private boolean waits(Seat seat) {
        boolean isRead = seat.reading && catchUp.isReading();
        return !isRead && !seat.ahead && seat.next < newest.end() && seat.subscriber.isWritable();
    }

    /** Whatever state this is in, it becomes that of an audience that has just begun; the seats go on from the history. */
    private void reset() {
        life++;
        starved = false;
        closing = false;
        inRound = false;
        batches.close();
        catchUp.clear();
        if (keeps) {
            newest.startAnew(newest.tail());
        }
        for (Seat seat : seats) {
            if (seat.next != Seat.CUT) {
                seat.reading = false;
                seat.ahead = false;
                if (keeps) {
                    find(seat);
                }
            }
        }
        nextRound();
    }
}
