package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.SharedBody;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Events that were read from a history, at most as many as one write may contain. They are encoded once for all seats
 * that need them.
 *
 * <p><b>Owner:</b> an event loop.
 */
final class Page implements AutoCloseable {
    // Added to the size, so that a page without events has a size too.
    private static final int OVERHEAD = 200;
    // The batches of seats that see different events may take this many times the size of the page.
    private static final int MOST_SELECTED = 4;

    private final CatchUp reader;
    private final Cursor from;
    private final List<EncodedEvent> events;
    private final Cursor after;
    private final int bytes;
    private final boolean selective;
    private final @Nullable SharedBody[] bodies;
    private @Nullable EncodedBatch batch;
    private @Nullable SelectedBatches selected;
    private boolean used = true;

    /**
     * Creates a page of events that were read.
     *
     * @param reader the reader that keeps this page
     * @param from the cursor before the first event
     * @param after the cursor after the page; it may be further than the last event's cursor
     */
    Page(CatchUp reader, Cursor from, List<EncodedEvent> events, Cursor after) {
        this.reader = reader;
        this.from = from;
        this.events = List.copyOf(events);
        this.after = after;
        this.bodies = new SharedBody[events.size()];
        int sum = OVERHEAD;
        for (EncodedEvent encoded : events) {
            sum += encoded.alone().length();
        }
        this.bytes = sum;
        this.selective = events.stream().anyMatch(encoded -> encoded.selector() != null);
    }

    CatchUp reader() {
        return reader;
    }

    Cursor from() {
        return from;
    }

    Cursor after() {
        return after;
    }

    int bytes() {
        return bytes;
    }

    /**
     * Returns the index of the event after a cursor, or the number of events if the cursor is the last one; empty if
     * the cursor is not in this page.
     */
    OptionalInt indexAfter(Cursor cursor) {
        if (cursor.equals(from)) {
            return OptionalInt.of(0);
        }
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i).cursor().equals(cursor)) {
                return OptionalInt.of(i + 1);
            }
        }
        return OptionalInt.empty();
    }

    /** Returns the events from an index on. */
    List<EncodedEvent> from(int index) {
        return events.subList(index, events.size());
    }

    /** Returns the whole page, for a seat with the same ids as the channel. */
    EncodedBatch batch() {
        EncodedBatch made = batch;
        if (made == null) {
            made = EncodedBatch.of(events.stream().map(EncodedEvent::alone).toList());
            batch = made;
        }
        return made;
    }

    /** Tells whether it has an event that is only for some readers. */
    boolean isSelective() {
        return selective;
    }

    /** Tells whether it is only the notice that events are missing. */
    boolean isReset() {
        return events.size() == 1 && events.get(0).isNotice();
    }

    /** Returns the number of events. */
    int size() {
        return events.size();
    }

    /** Returns the cursor after the events before an index. */
    Cursor cursorBefore(int index) {
        return index == 0 ? from : events.get(index - 1).cursor();
    }

    /**
     * Returns the batches for seats that do not get each event as it is encoded for all; an event's number is its
     * index.
     */
    SelectedBatches selected(ChannelName channel) {
        SelectedBatches made = selected;
        if (made == null) {
            made = new SelectedBatches(channel, number -> events.get((int) number), (long) MOST_SELECTED * bytes);
            selected = made;
        }
        return made;
    }

    /** Returns the lines of an event that the seats with ids of their own share. */
    SharedBody body(int index) {
        SharedBody made = bodies[index];
        if (made == null) {
            made = new SharedBody(events.get(index).body());
            bodies[index] = made;
        }
        return made;
    }

    void use() {
        used = true;
    }

    /** Tells whether the page has not been used since the last call. */
    boolean isUnused() {
        boolean unused = !used;
        used = false;
        return unused;
    }

    @Override
    public void close() {
        if (selected != null) {
            selected.close();
        }
        if (batch != null) {
            batch.close();
            batch = null;
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
