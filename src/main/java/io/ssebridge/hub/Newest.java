package io.ssebridge.hub;

import io.ssebridge.event.Cursor;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The newest entries of a channel, numbered one after another, with the cursors before and behind them.
 *
 * <p><b>Owner:</b> that of the {@link Audience}.
 */
final class Newest {
    private static final int LEAST = 8;
    // So far from 0 that what is put before the first never gets there.
    private static final long BEGIN = 1L << 32;
    private static final int MAX_ENTRIES = 4_096;
    private static final int MAX_BYTES = 1 << 20;
    // Kept when everybody has them, for those who are about to come back: more where there are many.
    private static final int SPARE_ENTRIES = 32;
    private static final int SPARE_BYTES = 1 << 14;
    private static final int SEATS_PER_SPARE_ENTRY = 16;
    private static final int SPARE_BYTES_PER_SEAT = 64;

    // A power of two, so that a number's place is its last bits.
    private @Nullable Entry[] ring = new Entry[LEAST];
    private long first = BEGIN;
    private long end = BEGIN;
    private int bytes;
    private Cursor head;
    private Cursor tail;

    /** None yet, behind a cursor. */
    Newest(Cursor tail) {
        this.head = tail;
        this.tail = tail;
    }

    /** The number of the first. */
    long first() {
        return first;
    }

    /** The number behind the last. */
    long end() {
        return end;
    }

    private int size() {
        return (int) (end - first);
    }

    /** Before the first. */
    Cursor head() {
        return head;
    }

    /** Behind the last. */
    Cursor tail() {
        return tail;
    }

    /** The entry of a number that is here. */
    Entry get(long number) {
        return Objects.requireNonNull(ring[place(number)]);
    }

    void add(Entry entry) {
        if (size() == ring.length) {
            grow();
        }
        ring[place(end)] = entry;
        end++;
        bytes += entry.alone().length();
    }

    /** Puts an entry before the first, and a cursor before it. */
    void addFirst(Cursor before, Entry entry) {
        if (size() == ring.length) {
            grow();
        }
        first--;
        ring[place(first)] = entry;
        head = before;
        bytes += entry.alone().length();
    }

    private void grow() {
        @Nullable Entry[] old = ring;
        ring = new Entry[2 * old.length];
        for (long number = first; number < end; number++) {
            ring[place(number)] = old[(int) (number & (old.length - 1))];
        }
    }

    /**
     * Drops the oldest as long as there are more than may be, whoever lacks them.
     *
     * @param added so many of the newest have not been given to anybody yet, and remain however large they are
     */
    void bound(int added) {
        while (size() > MAX_ENTRIES || bytes > MAX_BYTES && size() > added) {
            dropFirst();
        }
    }

    /**
     * Drops the oldest as long as there are more than are kept for those who come back.
     *
     * @param needed the number of the first that somebody lacks
     * @param seats how many seats there are
     */
    void dropSpare(long needed, int seats) {
        while (first < needed && (size() > spareEntries(seats) || bytes > spareBytes(seats))) {
            dropFirst();
        }
    }

    /** Whether one more may be kept for those who come back. */
    boolean hasSpareRoom(int seats) {
        return size() < spareEntries(seats) && bytes < spareBytes(seats);
    }

    private static int spareEntries(int seats) {
        return Math.min(MAX_ENTRIES, SPARE_ENTRIES + seats / SEATS_PER_SPARE_ENTRY);
    }

    private static int spareBytes(int seats) {
        return Math.min(MAX_BYTES, SPARE_BYTES + seats * SPARE_BYTES_PER_SEAT);
    }

    private void dropFirst() {
        Entry dropped = get(first);
        ring[place(first)] = null;
        first++;
        head = dropped.cursor();
        bytes -= dropped.alone().length();
    }

    /** The cursor behind the last entry; it may be further than that entry's own. */
    void moveTail(Cursor behind) {
        tail = behind;
    }

    /** Forgets all: something was missed before what comes next, and no number stands for it. */
    void startAnew(Cursor before) {
        Arrays.fill(ring, null);
        first = end + 1;
        end = first;
        bytes = 0;
        head = before;
    }

    /** The number of the entry behind a cursor; -1: it is not among these. */
    long find(Cursor cursor) {
        if (cursor.equals(tail)) {
            return end;
        }
        if (cursor.equals(head)) {
            return first;
        }
        for (long number = end - 1; number >= first; number--) {
            if (get(number).cursor().equals(cursor)) {
                return number + 1;
            }
        }
        return -1;
    }

    private int place(long number) {
        return (int) (number & (ring.length - 1));
    }
}
