package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.subscriber.CloseReason;
import io.ssebridge.subscriber.NoDirectMemoryException;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscribers of one channel on one event loop, and the newest events of that channel.
 *
 * <p>A subscriber is a cursor, and an audience does one thing: <i>it sends the events after the cursor</i>. It keeps no
 * queue per subscriber. A subscriber that needs one of the newest events next is served from here, and shares the bytes
 * with the others. All its pending events go out in one write.
 *
 * <p>A subscriber that was away or has been slow may need older events. It is <i>lagging</i>: it {@linkplain CatchUp
 * gets the next events from the history}, as fast as it takes them, until the newest events include its next one.
 *
 * <p>A subscriber that is not writable is skipped and costs nothing. When it is writable again, it gets only the events
 * of the last round. Later events wait for the next round. So slow subscribers get the same batches, and each batch is
 * made once for all of them.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class Audience {
    private static final Logger LOG = LoggerFactory.getLogger(Audience.class);
    // A round over ten thousand sockets takes 50 ms or more: other tasks must run in between.
    private static final int SLICE = 500;
    // A seat gets at most this many pages of the history before other tasks run.
    private static final int PAGES = 16;
    // How long batches are kept for seats that become writable a little later.
    private static final long SHARED_MILLIS = 100;
    // After this time some streams have been cut, or their sockets have taken their waiting bytes.
    private static final long NO_MEMORY_MILLIS = 100;
    // Less than the number of any encoded event.
    private static final long NO_NOTICE = 0;

    private final LoopResources loop;
    private final Owner owner;
    private final ChannelName channel;
    private final HistoryReader history;
    private final boolean keeps;
    private final NodeClock clock;
    private final Pace pace;
    private final List<Seat> seats = new ArrayList<>(1);
    private final RecentEvents recent;
    private final Batches batches;
    private final CatchUp catchUp;
    // Whether a timer that will release the batches is running.
    private boolean closing;
    // The number after the last event of the latest round.
    private long dueNumber;
    // When the oldest new event of that round was appended, in milliseconds since 1970; ALWAYS: it has no new event.
    private long dueSinceMillis = EncodedEvent.ALWAYS;
    // Whether that round has skipped a seat.
    private boolean hasSkipped;
    // Whether a write failed because memory outside the heap was used up.
    private boolean starved;
    // The number of the last notice. A subscriber from before it must get the reset first, and no events that have
    // expired.
    private long lastNotice = NO_NOTICE;
    private boolean inRound;
    // Counts the resets. Work that began before the last reset is ignored.
    private int resets;
    // Counts the progress, for the watchdog.
    private long steps;
    private long stepsSeen;
    private boolean wasWaiting;

    /** Creates an audience without seats, for a channel at a cursor. */
    Audience(LoopResources loop, ChannelName channel, Duration linger, Cursor tail) {
        this(loop, channel, linger, tail, EventView.PLAIN);
    }

    /**
     * Creates an audience that sees the channel in its own way.
     *
     * @param view turns events from the history; offered events have been turned before
     */
    Audience(LoopResources loop, ChannelName channel, Duration linger, Cursor tail, EventView view) {
        this.loop = loop;
        this.owner = loop.owner();
        this.channel = channel;
        this.history = loop.history();
        this.clock = loop.clock();
        this.keeps = history.keeps(channel);
        this.pace = new Pace(linger);
        // There may be as many views as subscribers. They keep nothing for clients that may never come back.
        this.recent = new RecentEvents(tail, view.equals(EventView.PLAIN));
        this.dueNumber = recent.end();
        this.batches = new Batches(channel, recent);
        this.catchUp = new CatchUp(loop, channel, view, recent, seats::size, this::flush);
    }

    /**
     * Adds a seat for a subscriber, at its bookmark. The seat gets its missing events when it is {@linkplain #flush
     * flushed}.
     */
    Seat add(Subscriber subscriber, Bookmarks bookmarks, int index, StreamForm form) {
        owner.assertHere();
        Seat seat = new Seat(subscriber, bookmarks, index, form, seats.size());
        find(seat);
        seats.add(seat);
        return seat;
    }

    void remove(Seat seat) {
        owner.assertHere();
        Seat last = seats.remove(seats.size() - 1);
        if (last != seat) {
            seats.set(seat.index, last);
            last.index = seat.index;
            // The current round may already have passed the seat's new index.
            flush(last);
        }
    }

    boolean isEmpty() {
        owner.assertHere();
        return seats.isEmpty();
    }

    /** Releases all memory after the last seat was removed. */
    void close() {
        owner.assertHere();
        resets++;
        batches.close();
        catchUp.clear();
    }

    /**
     * Tells whether a subscriber with this cursor can continue from here, without having missed an event that has
     * expired meanwhile.
     */
    boolean holds(Cursor cursor) {
        owner.assertHere();
        if (!keeps) {
            return false;
        }
        OptionalLong found = recent.find(cursor);
        return found.isPresent() && found.getAsLong() > lastNotice && isKept(found.getAsLong());
    }

    /** Returns the number of events after a cursor. Of events before the newest ones, all frames are counted. */
    long lag(Cursor cursor) {
        owner.assertHere();
        OptionalLong found = recent.find(cursor);
        return found.isPresent()
                ? recent.end() - found.getAsLong()
                : Math.max(0, sequence(recent.tail()) - sequence(cursor));
    }

    private static long sequence(Cursor cursor) {
        return cursor instanceof Cursor.At at ? at.sequence() : -1;
    }

    private boolean isKept(long number) {
        return number == recent.end()
                || history.isKept(channel, recent.get(number).timeMillis());
    }

    /** Adds new events, with the cursors before and after them. */
    void offer(Cursor before, List<EncodedEvent> more, Cursor after) {
        owner.assertHere();
        if (keeps && !before.equals(recent.tail())) {
            // Some events were not offered here, for example between joining and the first seat. The history has them.
            recent.restartAfter(before);
        }
        for (EncodedEvent encoded : more) {
            if (encoded.isNotice()) {
                lastNotice = recent.end();
                catchUp.clearPages();
                if (restart(encoded)) {
                    continue;
                }
            }
            recent.add(encoded);
        }
        recent.moveTail(after);
        recent.bound(more.size(), clock.millis());
        if (!inRound) {
            nextRound();
        }
    }

    /**
     * Begins the channel again for the seats of a channel with snapshots. Then the notice is not among the newest events: a
     * seat that is added later with an older cursor must find out by itself that its events are missing.
     */
    private boolean restart(EncodedEvent reset) {
        boolean restarts = false;
        for (Seat seat : seats) {
            restarts |= seat.restart(reset, reset.cursor());
        }
        if (restarts) {
            recent.restartAfter(reset.cursor());
        }
        return restarts;
    }

    private void nextRound() {
        inRound = false;
        long waitMillis = pace.waitMillis(System.nanoTime());
        if (waitMillis > 0) {
            roundAfter(waitMillis);
        } else {
            round(resets);
        }
    }

    private void roundAfter(long millis) {
        int now = resets;
        owner.after(millis, () -> round(now));
        inRound = true;
    }

    private void round(int begun) {
        if (begun == resets) {
            // Stays false until the round has really started: a failure before that must not block later rounds.
            inRound = false;
            batches.close();
            dueSinceMillis = timeMillis(dueNumber);
            dueNumber = recent.end();
            hasSkipped = false;
            inRound = true;
            slice(0, System.nanoTime(), begun);
        }
    }

    /** Returns when an event was appended; {@link EncodedEvent#ALWAYS} if it is not here, or is a notice. */
    private long timeMillis(long number) {
        return number >= recent.first() && number < recent.end()
                ? recent.get(number).timeMillis()
                : EncodedEvent.ALWAYS;
    }

    /**
     * Writes the missing events to each seat of a slice. Events that arrive meanwhile go out in the next round, in one
     * write per seat.
     */
    private void slice(int from, long startedNanos, int begun) {
        if (begun != resets) {
            return;
        }
        boolean goesOn = false;
        try {
            int until = Math.min(from + SLICE, seats.size());
            // Read once for the whole slice: reading the clock takes half as long as the rest.
            long nowMillis = clock.elapsedMillis();
            for (int i = from; i < until && i < seats.size() && !starved; i++) {
                Seat seat = seats.get(i);
                seat.takeAnnouncement();
                give(seat, nowMillis);
                hasSkipped |= seat.lacks(dueNumber);
            }
            if (starved) {
                waitForMemory();
                goesOn = true;
            } else if (until < seats.size()) {
                steps++;
                owner.run(() -> slice(until, startedNanos, begun));
                goesOn = true;
            } else {
                goesOn = end(startedNanos);
            }
        } finally {
            inRound = goesOn;
        }
    }

    /** Ends the round, and tells whether another one follows. */
    private boolean end(long startedNanos) {
        steps++;
        if (hasSkipped) {
            closeLater();
        } else {
            batches.close();
        }
        pace.made(startedNanos, System.nanoTime());
        if (dueSinceMillis != EncodedEvent.ALWAYS) {
            loop.meters().fannedOut(clock.millis() - dueSinceMillis);
        }
        if (recent.end() > dueNumber) {
            int now = resets;
            owner.run(() -> {
                if (now == resets) {
                    nextRound();
                }
            });
            return true;
        }
        dropSpare();
        return false;
    }

    /**
     * Repeats the round a little later. No seat is cut, and none misses an event: all get their missing events when
     * there is memory again.
     */
    private void waitForMemory() {
        starved = false;
        batches.close();
        roundAfter(NO_MEMORY_MILLIS);
    }

    /** Gives a seat its missing events, as far as it is writable. A failure affects this seat only. */
    void flush(Seat seat) {
        owner.assertHere();
        give(seat, clock.elapsedMillis());
        if (starved && !inRound) {
            waitForMemory();
        }
        closeLater();
    }

    /**
     * Releases the batches after a short time, so that seats that become writable a little later can still use them.
     */
    private void closeLater() {
        if (!closing && !batches.isEmpty()) {
            owner.after(SHARED_MILLIS, () -> {
                closing = false;
                batches.close();
            });
            closing = true;
        }
    }

    private void give(Seat seat, long nowMillis) {
        try {
            giveWhatItLacks(seat, nowMillis);
        } catch (NoDirectMemoryException e) {
            starved = true;
            loop.shortages()
                    .log(() -> LOG.warn(
                            "Memory outside the heap is used up: events of {} wait (said at most once a minute)",
                            channel,
                            e));
            loop.makeRoom().run();
        } catch (RuntimeException | Error e) {
            cut(seat, e);
        }
    }

    private void giveWhatItLacks(Seat seat, long nowMillis) {
        if (!keeps && seat.lacks(dueNumber)) {
            // Without a history, a slow seat cannot catch up: it continues with the newest events.
            seat.skipTo(seat.subscriber.isWritable() ? recent.first() : dueNumber - 1);
        }
        int pages = 0;
        while (seat.isDue(dueNumber) && seat.subscriber.isWritable()) {
            if (seat.needsHistory(recent.first())) {
                if (pages++ == PAGES) {
                    giveOn(seat);
                } else {
                    catchUp.advance(seat, nowMillis);
                }
            } else if (!seat.isPlain() || recent.isSelectiveFrom(seat.next())) {
                long to = batches.selected().write(seat, seat.next(), dueNumber, nowMillis);
                seat.move(recent.get(to - 1).cursor());
                seat.goLive(to);
            } else if (seat.isAlone()) {
                Batches.Batch batch = batches.from(seat.next(), dueNumber);
                seat.subscriber.write(batch.encoded(), nowMillis);
                seat.move(recent.get(batch.to() - 1).cursor());
                seat.goLive(batch.to());
            } else {
                long first = seat.next();
                List<EncodedEvent> missed = Batches.fitting(first, dueNumber, recent::get, true);
                seat.writeNumbered(missed, i -> batches.body(first + i), nowMillis);
                seat.goLive(first + missed.size());
            }
        }
        if (recent.tail().isEnd() && seat.isFinished()) {
            // Not at once: a caller may be iterating over the seats.
            owner.run(() -> seat.subscriber.close(CloseReason.ENDED));
        }
    }

    private void giveOn(Seat seat) {
        steps++;
        seat.startReading();
        int now = resets;
        owner.run(() -> {
            if (now == resets) {
                seat.endReading(false);
                flush(seat);
            }
        });
    }

    /** Cuts a stream that cannot be written to. Its client reconnects with its id, and misses no event. */
    private void cut(Seat seat, Throwable why) {
        seat.cut();
        loop.cuts()
                .log(() ->
                        LOG.warn("Cannot write to a stream of {}; cut it (said at most once a minute)", channel, why));
        // Not at once: a caller may be iterating over the seats.
        owner.run(seat.subscriber::cut);
        if (why instanceof Error error) {
            // The round continues, but an error must reach the handler that watches the process.
            owner.run(() -> {
                throw error;
            });
        }
    }

    private void dropSpare() {
        long slowest = recent.end();
        for (Seat seat : seats) {
            if (seat.isLive()) {
                slowest = Math.min(slowest, seat.next());
            }
        }
        recent.dropSpare(slowest, seats.size());
    }

    private void find(Seat seat) {
        seat.place(keeps ? recent.find(seat.cursor()) : OptionalLong.of(recent.end()));
    }

    /** Resets the audience if events wait and nothing has moved since the last call; tells whether it did. */
    boolean resetIfStuck() {
        owner.assertHere();
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
        boolean isRead = seat.isReading() && catchUp.isReading();
        return !isRead && !seat.isAhead() && seat.lacks(recent.end()) && seat.subscriber.isWritable();
    }

    /** Returns to the state of a new audience, from any state; the seats continue from the history. */
    private void reset() {
        resets++;
        starved = false;
        batches.close();
        catchUp.clear();
        if (keeps) {
            // Without a history, seats wait for nothing, and keep their cursors.
            recent.restartAfter(recent.tail());
            seats.forEach(this::find);
        }
        nextRound();
    }
}
