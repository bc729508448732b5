package io.ssebridge.hub;

import io.ssebridge.event.Cursor;
import io.ssebridge.subscriber.Frames;
import io.ssebridge.subscriber.SharedBody;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events that were read from a history, as much as goes out in one write: encoded once for all seats that lack them.
 *
 * <p><b>Owner:</b> an event loop.
 */
final class Page implements AutoCloseable {
    // So that pages without an event have a size too.
    private static final int OVERHEAD = 200;

    private final CatchUp reader;
    private final Cursor from;
    private final List<Entry> entries;
    private final Cursor behind;
    private final int bytes;
    private final @Nullable SharedBody[] bodies;
    private @Nullable Frames frames;
    private boolean used = true;

    /**
     * Takes what was read.
     *
     * @param reader has it among its pages
     * @param from the cursor before it
     * @param behind the cursor after it; it may be further than the last event's
     */
    Page(CatchUp reader, Cursor from, List<Entry> entries, Cursor behind) {
        this.reader = reader;
        this.from = from;
        this.entries = List.copyOf(entries);
        this.behind = behind;
        this.bodies = new SharedBody[entries.size()];
        int sum = OVERHEAD;
        for (Entry entry : entries) {
            sum += entry.alone().length();
        }
        this.bytes = sum;
    }

    CatchUp reader() {
        return reader;
    }

    Cursor from() {
        return from;
    }

    Cursor behind() {
        return behind;
    }

    int bytes() {
        return bytes;
    }

    /** The index of the entry that comes after a cursor, the number of entries if none does; -1: the cursor is not here. */
    int indexAfter(Cursor cursor) {
        if (cursor.equals(from)) {
            return 0;
        }
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).cursor().equals(cursor)) {
                return i + 1;
            }
        }
        return -1;
    }

    /** The entries from an index on. */
    List<Entry> from(int index) {
        return entries.subList(index, entries.size());
    }

    /** All of them for a seat whose ids are those of the channel. */
    Frames frames() {
        Frames made = frames;
        if (made == null) {
            made = Frames.of(entries.stream().map(Entry::alone).toList());
            frames = made;
        }
        return made;
    }

    /** What the seats with ids of their own share of an entry. */
    SharedBody body(int index) {
        SharedBody made = bodies[index];
        if (made == null) {
            made = new SharedBody(entries.get(index).body());
            bodies[index] = made;
        }
        return made;
    }

    void use() {
        used = true;
    }

    /** Whether nobody has used it since this was asked last. */
    boolean isUnused() {
        boolean unused = !used;
        used = false;
        return unused;
    }

    @Override
    public void close() {
        if (frames != null) {
            frames.close();
            frames = null;
        }
        for (int i = 0; i < bodies.length; i++) {
            SharedBody made = bodies[i];
            if (made != null) {
                bodies[i] = null;
                made.close();
            }
        }
    }
}
