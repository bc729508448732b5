package io.ssebridge.leader;

import io.ssebridge.event.Cursor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Events by uid, in the order in which they were added. Arrays of numbers need 48 bytes for an event, where objects
 * would need hundreds.
 *
 * <p>Events are stored in numbered slots, in chunks that are allocated and freed with the slots. An open-addressed
 * index finds the slot of a uid. Slot 0 is never used, because 0 marks an empty entry of the index.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class UidTable {
    /** The value for a missing slot. */
    static final int NONE = 0;

    private static final int CHUNK_BITS = 8;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int SLOT_BYTES = 4 * Long.BYTES + 2 * Integer.BYTES;
    private static final int MIN_INDEX = 1 << 8;

    private @Nullable Chunk[] chunks = new Chunk[4];
    private int[] index = new int[MIN_INDEX];
    private int indexed;
    // The oldest slot, and the next slot to fill. Both overflow after four thousand million events, which is harmless.
    private int head = 1;
    private int tail = 1;

    private static final class Chunk {
        private final long[] uids = new long[CHUNK];
        private final long[] arrivals = new long[CHUNK];
        private final long[] sequences = new long[CHUNK];
        private final long[] sinceMillis = new long[CHUNK];
        private final int[] tags = new int[CHUNK];
        private final int[] terms = new int[CHUNK];
    }

    /** Returns the size of all arrays in bytes. */
    long bytes() {
        return (long) chunksInUse() * CHUNK * SLOT_BYTES + (long) index.length * Integer.BYTES;
    }

    private int chunksInUse() {
        return isEmpty() ? 0 : ((tail - 1) >>> CHUNK_BITS) - (head >>> CHUNK_BITS) + 1 & (1 << 32 - CHUNK_BITS) - 1;
    }

    boolean isEmpty() {
        return head == tail;
    }

    /** Returns the number of events. */
    int size() {
        return tail - head;
    }

    /** Returns the slot of an event, or {@link #NONE} if the event is unknown. */
    int find(int term, long uid) {
        return index[position(term, uid)];
    }

    long arrival(int slot) {
        return chunk(slot).arrivals[slot & CHUNK - 1];
    }

    Cursor.At cursor(int slot) {
        Chunk chunk = chunk(slot);
        return new Cursor.At(chunk.sequences[slot & CHUNK - 1], chunk.tags[slot & CHUNK - 1]);
    }

    long sinceMillis(int slot) {
        return chunk(slot).sinceMillis[slot & CHUNK - 1];
    }

    /** Returns the time of the event that was added first. */
    long oldestSinceMillis() {
        return sinceMillis(head);
    }

    /** Adds an event. It hides an earlier event with the same uid and term. */
    void add(int term, long uid, long arrival, Cursor.At cursor, long sinceMillis) {
        int slot = nextSlot();
        Chunk chunk = chunk(slot);
        int at = slot & CHUNK - 1;
        chunk.uids[at] = uid;
        chunk.terms[at] = term;
        chunk.arrivals[at] = arrival;
        chunk.sequences[at] = cursor.sequence();
        chunk.tags[at] = cursor.tag();
        chunk.sinceMillis[at] = sinceMillis;
        int position = position(term, uid);
        if (index[position] == NONE) {
            indexed++;
        }
        index[position] = slot;
        if (2 * indexed > index.length) {
            resize(2 * index.length);
        }
    }

    private int nextSlot() {
        int slot = tail;
        if ((slot & CHUNK - 1) == 0 || isEmpty()) {
            int inUse = chunksInUse();
            if (inUse == chunks.length) {
                growChunks();
            }
            chunks[slot >>> CHUNK_BITS & chunks.length - 1] = new Chunk();
        }
        tail++;
        if (slot != NONE) {
            return slot;
        }
        // Slot 0 cannot hold an event: the index would not find it.
        return nextSlot();
    }

    private void growChunks() {
        @Nullable Chunk[] more = new Chunk[2 * chunks.length];
        int first = head >>> CHUNK_BITS;
        for (int i = 0; i < chunks.length; i++) {
            more[first + i & more.length - 1] = chunks[first + i & chunks.length - 1];
        }
        chunks = more;
    }

    /** Removes the event that was added first. */
    void removeOldest() {
        int slot = head;
        int position = position(term(slot), uid(slot));
        if (slot != NONE && index[position] == slot) {
            removeAt(position);
        }
        head++;
        if ((head & CHUNK - 1) == 0 || isEmpty()) {
            chunks[slot >>> CHUNK_BITS & chunks.length - 1] = null;
        }
    }

    /** Shrinks the index if it is much too large. */
    void shrink() {
        if (index.length > MIN_INDEX && 8 * indexed < index.length) {
            resize(index.length / 2);
        }
    }

    // Entries after the hole that were displaced from their own position move up.
    private void removeAt(int position) {
        int mask = index.length - 1;
        int hole = position;
        for (int i = position + 1 & mask; index[i] != NONE; i = i + 1 & mask) {
            int home = hash(term(index[i]), uid(index[i])) & mask;
            if ((i - home & mask) >= (i - hole & mask)) {
                index[hole] = index[i];
                hole = i;
            }
        }
        index[hole] = NONE;
        indexed--;
    }

    private void resize(int length) {
        int[] before = index;
        index = new int[length];
        for (int slot : before) {
            if (slot != NONE) {
                index[position(term(slot), uid(slot))] = slot;
            }
        }
    }

    /** Returns the position of an event in the index, or the position where it would be added. */
    private int position(int term, long uid) {
        int mask = index.length - 1;
        int position = hash(term, uid) & mask;
        while (index[position] != NONE && (uid(index[position]) != uid || term(index[position]) != term)) {
            position = position + 1 & mask;
        }
        return position;
    }

    private static int hash(int term, long uid) {
        long mixed = (uid ^ (long) term << 32) * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 32);
    }

    private long uid(int slot) {
        return chunk(slot).uids[slot & CHUNK - 1];
    }

    private int term(int slot) {
        return chunk(slot).terms[slot & CHUNK - 1];
    }

    private Chunk chunk(int slot) {
        return Objects.requireNonNull(chunks[slot >>> CHUNK_BITS & chunks.length - 1]);
    }
}
