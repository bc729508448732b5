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

    int size() {
        return (int) (end - first);
    }

    /** Of all frames. */
    int bytes() {
        return bytes;
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

    void dropFirst() {
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
