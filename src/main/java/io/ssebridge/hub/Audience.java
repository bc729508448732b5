package io.ssebridge.hub;

import io.ssebridge.subscriber.CloseReason;
import io.ssebridge.subscriber.Subscriber;
import io.vertx.core.buffer.Buffer;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;

/**
 * The subscribers of one channel on one event loop, and the frames that some of them have yet to get.
 *
 * <p>Nothing queues per subscriber: a seat is the number of its next frame, and the frames are shared. A subscriber that
 * is not writable is passed over; when it is writable again, all that it missed goes out in one write. The frames kept
 * for the slowest are bounded; who needs older ones is closed as slow.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class Audience {
    // A round over ten thousand sockets takes 50 ms and more: let others in between.
    private static final int SLICE = 500;
    private static final int MAX_FRAMES = 1_024;
    private static final int MAX_BYTES = 1 << 20;

    private final Owner owner;
    private final InstantSource clock;
    private final List<Seat> seats = new ArrayList<>();
    private final Deque<Buffer> frames = new ArrayDeque<>();
    private long first;
    private int bytes;
    private boolean inRound;
    // What the last seats got, for the next ones that stand at the same frame.
    private long batchFrom = -1;
    private long batchTail = -1;
    private Buffer batch = Buffer.buffer();

    Audience(Owner owner, InstantSource clock) {
        this.owner = owner;
        this.clock = clock;
    }

    Seat add(Subscriber subscriber) {
        Seat seat = new Seat(subscriber, seats.size(), tail());
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

    void offer(List<Buffer> more) {
        for (Buffer frame : more) {
            frames.add(frame);
            bytes += frame.length();
        }
        // The newest always stays: it may be larger than the bound by itself.
        while (frames.size() > MAX_FRAMES || bytes > MAX_BYTES && frames.size() > more.size()) {
            dropFirst();
        }
        if (!inRound) {
            inRound = true;
            round(0, tail());
        }
    }

    /** Writes to each seat what it lacks; frames that come meanwhile start another round, all in one write per seat. */
    private void round(int from, long tailAtStart) {
        int until = Math.min(from + SLICE, seats.size());
        for (int i = from; i < until && i < seats.size(); i++) {
            flush(seats.get(i));
        }
        if (until < seats.size()) {
            owner.run(() -> round(until, tailAtStart));
        } else if (tail() > tailAtStart) {
            owner.run(() -> round(0, tail()));
        } else {
            inRound = false;
            dropWhatAllHave();
        }
    }

    void flush(Seat seat) {
        if (seat.next >= tail() || !seat.subscriber.isWritable()) {
            return;
        }
        if (seat.next < first) {
            seat.subscriber.close(CloseReason.SLOW);
            return;
        }
        Buffer missed = framesFrom(seat.next);
        seat.next = tail();
        seat.subscriber.write(missed, clock.millis());
    }

    private Buffer framesFrom(long from) {
        if (from == tail() - 1) {
            return frames.getLast();
        }
        if (from != batchFrom || tail() != batchTail) {
            Buffer all = Buffer.buffer();
            Iterator<Buffer> each = frames.iterator();
            for (long i = first; each.hasNext(); i++) {
                Buffer frame = each.next();
                if (i >= from) {
                    all.appendBuffer(frame);
                }
            }
            batch = all;
            batchFrom = from;
            batchTail = tail();
        }
        return batch;
    }

    private void dropWhatAllHave() {
        long slowest = tail();
        for (Seat seat : seats) {
            slowest = Math.min(slowest, seat.next);
        }
        while (first < slowest) {
            dropFirst();
        }
        batch = Buffer.buffer();
        batchFrom = -1;
    }

    private void dropFirst() {
        bytes -= frames.remove().length();
        first++;
    }

    private long tail() {
        return first + frames.size();
    }
}
