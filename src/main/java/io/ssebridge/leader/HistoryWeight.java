package io.ssebridge.leader;

import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.event.Selector;
import io.ssebridge.wire.Submission;
import java.util.List;

/**
 * An estimate of the bytes in the history of one channel. It knows the number of the frames and their size on average, and
 * assumes that the frames that make room for new ones have this size.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class HistoryWeight {
    // The fields of a frame, and the objects around it.
    private static final int FRAME_BYTES = 160;
    // Allocated with the first frame, for all frames that will come.
    private static final int SLOT_BYTES = 13;

    private final HistoryRoom room;
    private final int capacity;
    private long frames;
    private long frameBytes;
    private long countedBytes;
    private boolean closed;

    /**
     * Creates the weight of an empty history.
     *
     * @param room counts the bytes of all histories
     * @param capacity the largest number of frames; 0: the channel has no history
     */
    HistoryWeight(HistoryRoom room, int capacity) {
        this.room = room;
        this.capacity = capacity;
    }

    /** Returns whether there is room for events, or they take no more than the events that make room for them. */
    boolean hasRoomFor(List<Submission> submissions) {
        long moreBytes = 0;
        for (Submission each : submissions) {
            moreBytes += bytes(each.event());
        }
        long afterBytes = afterBytes(submissions.size(), moreBytes);
        return room.hasRoomFor(afterBytes == 0 ? 0 : slotBytes() + afterBytes - countedBytes);
    }

    /** Counts events that were appended. */
    void add(List<NumberedFrame> events) {
        if (!events.isEmpty()) {
            count(Math.min(capacity, frames + events.size()), afterBytes(events.size(), bytes(events)));
        }
    }

    /** Estimates a history of which the newest events have been read. */
    void found(List<NumberedFrame> newest, Cursor tail) {
        long found = tail instanceof Cursor.At at ? Math.min(capacity, at.sequence() + 1) : 0;
        if (newest.isEmpty()) {
            // Only the number of its frames is known.
            count(found, found == 0 ? 0 : Math.max(frameBytes, found * FRAME_BYTES));
        } else {
            count(found, bytes(newest) / newest.size() * found);
        }
    }

    /** Counts nothing from now on: the history is destroyed, or another node leads the channel. */
    void close() {
        clear();
        closed = true;
    }

    /** Counts an empty history. */
    void clear() {
        count(0, 0);
    }

    /** Returns the bytes of the history. */
    long bytes() {
        return countedBytes;
    }

    private long afterBytes(int moreFrames, long moreBytes) {
        if (capacity == 0) {
            return 0;
        }
        long allFrames = frames + moreFrames;
        long allBytes = frameBytes + moreBytes;
        return allFrames <= capacity ? allBytes : allBytes / allFrames * capacity;
    }

    private long slotBytes() {
        return (long) SLOT_BYTES * capacity;
    }

    private void count(long nowFrames, long nowFrameBytes) {
        if (!closed) {
            frames = nowFrames;
            frameBytes = nowFrameBytes;
            long nowBytes = nowFrames == 0 ? 0 : slotBytes() + nowFrameBytes;
            room.add(nowBytes - countedBytes);
            countedBytes = nowBytes;
        }
    }

    private static long bytes(List<NumberedFrame> events) {
        long sum = 0;
        for (NumberedFrame each : events) {
            sum += each.frame() instanceof EventFrame frame ? bytes(frame.event()) : FRAME_BYTES;
        }
        return sum;
    }

    private static long bytes(Event event) {
        Selector selector = event.selector();
        return (long) FRAME_BYTES + event.bytes() + (selector == null ? 0 : selector.bytes());
    }
}
