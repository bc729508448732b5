package io.ssebridge.hub;

import io.ssebridge.event.Cursor;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The newest events of a channel, with consecutive numbers, and the cursors before and after them.
 *
 * <p><b>Owner:</b> the owner of the {@link Audience}.
 */
final class RecentEvents {
    private static final int LEAST = 8;
    // The first number: so large that the events that are added at the front never reach 0.
    private static final long BEGIN = 1L << 32;
    private static final int MAX_EVENTS = 4_096;
    private static final int MAX_BYTES = 1 << 20;
    // Events of the last moment may be this many times as many. A stream that pauses in a burst then needs no history,
    // which may have lost them. They cost at most what comes in within that time.
    private static final int BURST = 4;
    private static final long BURST_MILLIS = 500;
    // Bounds of the events that are kept for returning clients when all seats have them. They grow with the number of
    // seats.
    private static final int SPARE_EVENTS = 32;
    private static final int SPARE_BYTES = 1 << 14;
    private static final int SEATS_PER_SPARE_EVENT = 16;
    private static final int SPARE_BYTES_PER_SEAT = 64;

    // Its length is a power of two, so that the last bits of a number are the index of its event.
    private @Nullable EncodedEvent[] ring = new EncodedEvent[LEAST];
    private long first = BEGIN;
    private long end = BEGIN;
    // The number of the newest event that is only for some readers.
    private long lastSelective;
    private int bytes;
    private Cursor head;
    private Cursor tail;
    private final boolean hasSpare;

    /**
     * Creates an empty sequence of events, after a cursor.
     *
     * @param hasSpare whether events are kept for returning clients even if there are few seats
     */
    RecentEvents(Cursor tail, boolean hasSpare) {
        this.head = tail;
        this.tail = tail;
        this.hasSpare = hasSpare;
    }

    /** Returns the number of the first event. */
    long first() {
        return first;
    }

    /** Returns the number after the last event. */
    long end() {
        return end;
    }

    /**
     * Tells whether there may be an event that is only for some readers.
     *
     * @param number the number of the first event that matters
     */
    boolean isSelectiveFrom(long number) {
        return number <= lastSelective;
    }

    private int size() {
        return (int) (end - first);
    }

    /** Returns the cursor before the first event. */
    Cursor head() {
        return head;
    }

    /** Returns the cursor after the last event. */
    Cursor tail() {
        return tail;
    }

    /** Returns the event of a number between {@link #first} and {@link #end}. */
    EncodedEvent get(long number) {
        return Objects.requireNonNull(ring[index(number)]);
    }

    void add(EncodedEvent encoded) {
        if (size() == ring.length) {
            grow();
        }
        ring[index(end)] = encoded;
        if (encoded.selector() != null) {
            lastSelective = end;
        }
        end++;
        bytes += encoded.alone().length();
    }

    /** Adds an event before the first one, and sets the cursor before it. */
    void addFirst(Cursor before, EncodedEvent encoded) {
        if (size() == ring.length) {
            grow();
        }
        first--;
        ring[index(first)] = encoded;
        if (encoded.selector() != null) {
            lastSelective = Math.max(lastSelective, first);
        }
        head = before;
        bytes += encoded.alone().length();
    }

    private void grow() {
        @Nullable EncodedEvent[] old = ring;
        ring = new EncodedEvent[2 * old.length];
        for (long number = first; number < end; number++) {
            ring[index(number)] = old[(int) (number & (old.length - 1))];
        }
    }

    /**
     * Drops the oldest events while there are more than allowed, even if some seats still need them.
     *
     * @param added the number of new events that no seat has got yet: these stay, however large they are
     * @param nowMillis the time, in milliseconds since 1970
     */
    void bound(int added, long nowMillis) {
        while (isBeyond(BURST, added) || isBeyond(1, added) && !isYoung(get(first), nowMillis)) {
            dropFirst();
        }
    }

    private boolean isBeyond(int times, int added) {
        return size() > times * MAX_EVENTS || bytes > times * MAX_BYTES && size() > added;
    }

    private static boolean isYoung(EncodedEvent event, long nowMillis) {
        return !event.isNotice() && nowMillis - event.timeMillis() < BURST_MILLIS;
    }

    /**
     * Drops the oldest events while there are more than are kept for returning clients.
     *
     * @param needed the number of the first event that a seat still needs
     * @param seats the number of seats
     */
    void dropSpare(long needed, int seats) {
        while (first < needed && (size() > spareEvents(seats) || bytes > spareBytes(seats))) {
            dropFirst();
        }
    }

    /** Tells whether one more event may be kept for returning clients. */
    boolean hasSpareRoom(int seats) {
        return size() < spareEvents(seats) && bytes < spareBytes(seats);
    }

    private int spareEvents(int seats) {
        return Math.min(MAX_EVENTS, (hasSpare ? SPARE_EVENTS : 0) + seats / SEATS_PER_SPARE_EVENT);
    }

    private int spareBytes(int seats) {
        return Math.min(MAX_BYTES, (hasSpare ? SPARE_BYTES : 0) + seats * SPARE_BYTES_PER_SEAT);
    }

    private void dropFirst() {
        EncodedEvent dropped = get(first);
        ring[index(first)] = null;
        first++;
        head = dropped.cursor();
        bytes -= dropped.alone().length();
    }

    /** Sets the cursor after the last event. It may be further than the last event's own cursor. */
    void moveTail(Cursor after) {
        tail = after;
    }

    /**
     * Drops all events, because events are missing before the next one. One number is skipped and stands for the gap.
     */
    void restartAfter(Cursor before) {
        Arrays.fill(ring, null);
        first = end + 1;
        end = first;
        bytes = 0;
        head = before;
    }

    /** Returns the number of the event after a cursor; empty if the cursor is not among these events. */
    OptionalLong find(Cursor cursor) {
        if (cursor.equals(tail)) {
            return OptionalLong.of(end);
        }
        if (cursor.equals(head)) {
            return OptionalLong.of(first);
        }
        for (long number = end - 1; number >= first; number--) {
            if (get(number).cursor().equals(cursor)) {
                return OptionalLong.of(number + 1);
            }
        }
        return OptionalLong.empty();
    }

    private int index(long number) {
        return (int) (number & (ring.length - 1));
    }
}
