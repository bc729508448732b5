package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.subscriber.Subscriber;
import io.vertx.core.AsyncResult;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscribers of one channel on one event loop, and the newest events of that channel.
 *
 * <p>A subscriber is a cursor, and there is one act: <i>send what comes after it</i>. Nothing queues per subscriber. Whose
 * next event is among the newest gets it from here, shared with the others; everything that is pending goes out in one
 * write. Whose is older, because it was away or has been slow, is <i>behind</i>: it gets the next ones from the history,
 * as fast as it takes them, until it stands among the newest again. Who is not writable is passed over and costs nothing.
 * When it is writable again it gets what the last round had for everybody, and no more: what has come since then waits for
 * the next round. So those who are slow get the same pieces, which are made once for all of them.
 * When a node dies, thousands come back from the same few places: those at the same one share a reading, and what was read
 * right before the newest stays with them, so that who comes next needs no reading at all.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class Audience {
    private static final Logger LOG = LoggerFactory.getLogger(Audience.class);
    // A round over ten thousand sockets takes 50 ms and more: let others in between.
    private static final int SLICE = 500;
    private static final int MAX_ENTRIES = 4_096;
    private static final int MAX_BYTES = 1 << 20;
    // Kept when everybody has them, for those who are about to come back: more where there are many.
    private static final int SPARE_ENTRIES = 32;
    private static final int SPARE_BYTES = 1 << 14;
    private static final int SEATS_PER_SPARE_ENTRY = 16;
    private static final int SPARE_BYTES_PER_SEAT = 64;
    private static final int READ = 64;
    // How long what was made waits for those who are a little late.
    private static final long SHARED_MILLIS = 100;
    private static final long READ_AGAIN_MILLIS = 500;

    private final Vertx vertx;
    private final Owner owner;
    private final ChannelName channel;
    private final HistoryReader history;
    private final boolean keeps;
    private final InstantSource clock;
    private final Pace pace;
    private final List<Seat> seats = new ArrayList<>(1);
    private final Newest newest;
    private final Batches batches;
    // Whether a timer will let go of the batches.
    private boolean closing;
    // Behind the last entry of the latest round.
    private long due;
    // Whether that round has passed somebody over.
    private boolean lagging;
    // Who waits for a reading, by the cursor behind which it begins.
    private final Map<Cursor, List<Seat>> readers = new HashMap<>();
    // The number of the last: who comes from before it is told first, and not given what is no more.
    private long lastNotice = -1;
    private boolean inRound;

    Audience(
            Vertx vertx,
            Owner owner,
            ChannelName channel,
            HistoryReader history,
            Duration linger,
            InstantSource clock,
            Cursor tail) {
        this.vertx = vertx;
        this.owner = owner;
        this.channel = channel;
        this.history = history;
        this.clock = clock;
        this.keeps = history.keeps(channel);
        this.pace = new Pace(linger);
        this.newest = new Newest(tail);
        this.due = newest.end();
        this.batches = new Batches(newest);
    }

    /** Seats a subscriber at its bookmark and gives it what it lacks. */
    Seat add(Subscriber subscriber, Bookmarks bookmarks, int index) {
        Seat seat = new Seat(subscriber, bookmarks, index, seats.size());
        seats.add(seat);
        find(seat);
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
        while (newest.size() > MAX_ENTRIES || newest.bytes() > MAX_BYTES && newest.size() > more.size()) {
            newest.dropFirst();
        }
        if (!inRound) {
            inRound = true;
            nextRound();
        }
    }

    private void nextRound() {
        long wait = pace.waitMillis(System.nanoTime());
        if (wait > 0) {
            vertx.setTimer(wait, now -> round());
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
            vertx.setTimer(SHARED_MILLIS, later -> {
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
                readFor(seat);
                return;
            } else if (seat.isAlone()) {
                Batches.Batch batch = batches.from(seat.next, due);
                seat.move(newest.get(batch.to() - 1).cursor());
                seat.next = batch.to();
                seat.subscriber.write(batch.frames(), clock.millis());
            } else {
                List<Entry> missed = Batches.fitting(seat.next, due, newest::get);
                seat.next += missed.size();
                seat.subscriber.write(numbered(seat, missed), clock.millis());
            }
        }
    }

    /** Entries with the ids of the seat's own stream; moves it behind them. */
    private static Buffer numbered(Seat seat, List<Entry> events) {
        Buffer all = Buffer.buffer();
        for (Entry entry : events) {
            seat.move(entry.cursor());
            if (seat.isAlone()) {
                all.appendBuffer(entry.alone());
            } else {
                all.appendBuffer(entry.body());
                if (entry.hasId()) {
                    all.appendBuffer(EventEncoder.end(seat.id()));
                }
            }
        }
        return all;
    }

    private void readFor(Seat seat) {
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
            return seat -> vertx.setTimer(READ_AGAIN_MILLIS, later -> resume(seat));
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

    /** In slices, and what they are given together is made once. */
    private void forEach(List<Seat> readers, int from, Consumer<Seat> step) {
        int until = Math.min(from + SLICE, readers.size());
        readers.subList(from, until).forEach(step);
        closeLater();
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
        for (int i = end - 1; i >= 0 && newest.size() < spareEntries() && newest.bytes() < spareBytes(); i--) {
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
        seat.reading = false;
        give(seat);
    }

    private void reset(Seat seat, Found.Lost lost) {
        history.reset(channel, lost.reason(), newest.tail()).onComplete(replay -> {
            if (replay.failed()) {
                vertx.setTimer(READ_AGAIN_MILLIS, later -> resume(seat));
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
            seat.subscriber.write(numbered(seat, fitting), clock.millis());
        }
        if (fitting.size() == events.size()) {
            seat.move(behind);
        }
    }

    private void resume(Seat seat) {
        seat.reading = false;
        flush(seat);
    }

    /** Looks for a seat's cursor among the newest entries. */
    private void find(Seat seat) {
        seat.next = keeps ? newest.find(seat.cursor()) : newest.end();
    }

    private void dropSpare() {
        long slowest = newest.end();
        for (Seat seat : seats) {
            if (seat.next != Seat.BEHIND) {
                slowest = Math.min(slowest, seat.next);
            }
        }
        while (newest.first() < slowest && (newest.size() > spareEntries() || newest.bytes() > spareBytes())) {
            newest.dropFirst();
        }
    }

    private int spareEntries() {
        return Math.min(MAX_ENTRIES, SPARE_ENTRIES + seats.size() / SEATS_PER_SPARE_ENTRY);
    }

    private int spareBytes() {
        return Math.min(MAX_BYTES, SPARE_BYTES + seats.size() * SPARE_BYTES_PER_SEAT);
    }
}
