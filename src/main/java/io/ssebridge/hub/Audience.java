package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.subscriber.Subscriber;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The subscribers of one channel on one event loop, and the newest events of that channel.
 *
 * <p>A subscriber is a cursor, and there is one act: <i>send what comes after it</i>. Nothing queues per subscriber. Whose
 * next event is among the newest gets it from here, shared with the others; everything that is pending goes out in one
 * write. Whose is older, because it was away or has been slow, is <i>behind</i>: it gets the next ones from the history,
 * as fast as it takes them, until it stands among the newest again. Who is not writable is passed over and costs nothing.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class Audience {
    private static final Logger LOG = LoggerFactory.getLogger(Audience.class);
    // A round over ten thousand sockets takes 50 ms and more: let others in between.
    private static final int SLICE = 500;
    private static final int MAX_ENTRIES = 256;
    private static final int MAX_BYTES = 1 << 20;
    // Kept when everybody has them, for those who are about to come back.
    private static final int SPARE_ENTRIES = 32;
    private static final int SPARE_BYTES = 1 << 14;
    private static final int MAX_WRITE_BYTES = 1 << 16;
    private static final int READ = 64;
    private static final long READ_AGAIN_MILLIS = 500;

    private final Vertx vertx;
    private final Owner owner;
    private final ChannelName channel;
    private final HistoryReader history;
    private final boolean keeps;
    private final InstantSource clock;
    private final List<Seat> seats = new ArrayList<>();
    private final Deque<Entry> entries = new ArrayDeque<>();
    // The cursor before the first entry, and behind the last.
    private Cursor head;
    private Cursor tail;
    private long first;
    private int bytes;
    private boolean inRound;
    // What the last seats got, for the next ones that stand at the same entry.
    private long batchFrom = -1;
    private long batchEnd = -1;
    private Buffer batch = Buffer.buffer();

    Audience(Vertx vertx, Owner owner, ChannelName channel, HistoryReader history, InstantSource clock, Cursor tail) {
        this.vertx = vertx;
        this.owner = owner;
        this.channel = channel;
        this.history = history;
        this.clock = clock;
        this.keeps = history.keeps(channel);
        this.head = tail;
        this.tail = tail;
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

    /** New entries, and the cursors before and behind them. */
    void offer(Cursor before, List<Entry> more, Cursor behind) {
        if (keeps && !before.equals(tail)) {
            // Something was missed here, as between joining and the first seat: the history has it.
            first = end() + 1;
            entries.clear();
            bytes = 0;
            head = before;
        }
        for (Entry entry : more) {
            entries.add(entry);
            bytes += entry.alone().length();
        }
        tail = behind;
        while (entries.size() > MAX_ENTRIES || bytes > MAX_BYTES && entries.size() > more.size()) {
            dropFirst();
        }
        if (!inRound) {
            inRound = true;
            round(0, end());
        }
    }

    /** Writes to each seat what it lacks; what comes meanwhile goes out in another round, all in one write per seat. */
    private void round(int from, long endAtStart) {
        int until = Math.min(from + SLICE, seats.size());
        for (int i = from; i < until && i < seats.size(); i++) {
            flush(seats.get(i));
        }
        if (until < seats.size()) {
            owner.run(() -> round(until, endAtStart));
        } else if (end() > endAtStart) {
            owner.run(() -> round(0, end()));
        } else {
            inRound = false;
            dropSpare();
        }
    }

    /** Gives a seat what it lacks, as far as it is writable. */
    void flush(Seat seat) {
        if (!keeps && seat.next < end()) {
            // Nobody can be behind where nothing is kept: who is slow goes on with the newest.
            seat.next = Math.max(seat.next, seat.subscriber.isWritable() ? first : end() - 1);
        }
        if (seat.reading || !seat.subscriber.isWritable()) {
            return;
        }
        if (seat.next < first) {
            readFor(seat);
        } else if (seat.next < end() && seat.isAlone()) {
            Buffer missed = missed(seat);
            seat.move(entries.getLast().cursor());
            seat.next = end();
            seat.subscriber.write(missed, clock.millis());
        } else if (seat.next < end()) {
            List<Entry> missed =
                    fitting(entries.stream().skip(seat.next - first).toList());
            seat.next += missed.size();
            seat.subscriber.write(numbered(seat, missed), clock.millis());
            flush(seat);
        }
    }

    /** The pending frames as bytes that many share. */
    private Buffer missed(Seat seat) {
        if (seat.next == end() - 1) {
            return entries.getLast().alone();
        }
        if (seat.next != batchFrom || end() != batchEnd) {
            Buffer all = Buffer.buffer();
            Iterator<Entry> each = entries.iterator();
            for (long i = first; each.hasNext(); i++) {
                Entry entry = each.next();
                if (i >= seat.next) {
                    all.appendBuffer(entry.alone());
                }
            }
            batch = all;
            batchFrom = seat.next;
            batchEnd = end();
        }
        return batch;
    }

    /** As many of the entries as one write may have: what it holds, it holds for this subscriber alone. */
    private static List<Entry> fitting(List<Entry> events) {
        int count = 0;
        int length = 0;
        while (count < events.size() && (count == 0 || length < MAX_WRITE_BYTES)) {
            length += events.get(count).alone().length();
            count++;
        }
        return events.subList(0, count);
    }

    /** Entries with the ids of the seat's own stream; moves it behind them. */
    private static Buffer numbered(Seat seat, List<Entry> events) {
        Buffer all = Buffer.buffer();
        for (Entry entry : events) {
            seat.move(entry.cursor());
            all.appendBuffer(entry.body());
            if (entry.hasId()) {
                all.appendBuffer(EventEncoder.end(seat.id()));
            }
        }
        return all;
    }

    private void readFor(Seat seat) {
        seat.next = Seat.BEHIND;
        seat.reading = true;
        Cursor from = seat.cursor();
        Cursor to = tail;
        history.after(channel, from, to, READ).onComplete(read -> {
            if (read.failed()) {
                LOG.warn(
                        "The history of {} cannot be read: {}",
                        channel,
                        read.cause().toString());
                vertx.setTimer(READ_AGAIN_MILLIS, later -> resume(seat));
            } else if (read.result() instanceof Found.Frames found) {
                List<Entry> events = found.frames().stream()
                        .map(event -> Entry.of(channel, event, true))
                        .toList();
                if (found.cursor().equals(from) && to.equals(tail)) {
                    // It is ahead of what was announced here: the next announcement finds it.
                    find(seat);
                    seat.reading = false;
                } else {
                    deliver(seat, events, found.cursor());
                }
            } else {
                reset(seat, (Found.Lost) read.result());
            }
        });
    }

    private void reset(Seat seat, Found.Lost lost) {
        history.reset(channel, lost.reason(), tail).onComplete(replay -> {
            if (replay.failed()) {
                vertx.setTimer(READ_AGAIN_MILLIS, later -> resume(seat));
            } else {
                Cursor oldest = replay.result().cursor();
                deliver(seat, List.of(Entry.reset(channel, lost.reason(), oldest)), oldest);
            }
        });
    }

    private void deliver(Seat seat, List<Entry> events, Cursor behind) {
        List<Entry> fitting = fitting(events);
        if (!fitting.isEmpty()) {
            seat.subscriber.write(numbered(seat, fitting), clock.millis());
        }
        if (fitting.size() == events.size()) {
            seat.move(behind);
        }
        find(seat);
        resume(seat);
    }

    private void resume(Seat seat) {
        seat.reading = false;
        flush(seat);
    }

    /** Looks for a seat's cursor among the newest entries. */
    private void find(Seat seat) {
        Cursor cursor = seat.cursor();
        if (!keeps || cursor.equals(tail)) {
            seat.next = end();
        } else if (cursor.equals(head)) {
            seat.next = first;
        } else {
            seat.next = Seat.BEHIND;
            long number = first;
            for (Entry entry : entries) {
                number++;
                if (entry.cursor().equals(cursor)) {
                    seat.next = number;
                }
            }
        }
    }

    private void dropSpare() {
        long slowest = end();
        for (Seat seat : seats) {
            if (seat.next != Seat.BEHIND) {
                slowest = Math.min(slowest, seat.next);
            }
        }
        while (first < slowest && (entries.size() > SPARE_ENTRIES || bytes > SPARE_BYTES)) {
            dropFirst();
        }
        batch = Buffer.buffer();
        batchFrom = -1;
    }

    private void dropFirst() {
        Entry dropped = entries.remove();
        head = dropped.cursor();
        bytes -= dropped.alone().length();
        first++;
    }

    private long end() {
        return first + entries.size();
    }
}
