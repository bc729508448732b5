package io.ssebridge.hub;

import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.SharedBody;
import io.ssebridge.subscriber.Subscriber;
import java.util.List;
import java.util.function.IntFunction;

/** A subscriber's seat in one {@link Audience}. Only the audience touches it. */
final class Seat {
    /** Means: its next event is not among those that the audience keeps. */
    static final long BEHIND = -1;
    /** Means: it gets no more events, because a write has failed. */
    static final long CUT = Long.MAX_VALUE;

    final Subscriber subscriber;
    private final Bookmarks bookmarks;
    private final int channel;
    /** The index in the audience's list. */
    int index;
    /** The number of its next entry in the audience, or {@link #BEHIND}. */
    long next = BEHIND;
    /** Whether it waits for a reading of the history. */
    boolean reading;
    /** Whether it is ahead of the newest announced event here, and waits for the next announcement. */
    boolean ahead;

    Seat(Subscriber subscriber, Bookmarks bookmarks, int channel, int index) {
        this.subscriber = subscriber;
        this.bookmarks = bookmarks;
        this.channel = channel;
        this.index = index;
    }

    Cursor cursor() {
        return bookmarks.at(channel);
    }

    void move(Cursor cursor) {
        bookmarks.move(channel, cursor);
    }

    /**
     * Encodes entries with the ids of its own stream, and advances its cursor to the last one.
     *
     * @param bodies the shared lines of the {@linkplain EncodedEvent#isLarge large} entries, by index
     */
    private EncodedBatch numbered(List<EncodedEvent> entries, IntFunction<SharedBody> bodies) {
        EncodedBatch.Builder all = new EncodedBatch.Builder();
        for (int i = 0; i < entries.size(); i++) {
            EncodedEvent encoded = entries.get(i);
            move(encoded.cursor());
            if (encoded.isLarge()) {
                all.add(bodies.apply(i));
            } else {
                all.add(encoded.body());
            }
            if (encoded.hasId()) {
                all.add(EventEncoder.end(bookmarks.id()));
            }
        }
        return all.build();
    }

    /**
     * Writes entries with the ids of its own stream, and advances its cursor. If that fails, the cursor stays
     * unchanged.
     */
    void writeNumbered(List<EncodedEvent> entries, IntFunction<SharedBody> bodies, long now) {
        Cursor before = cursor();
        try (EncodedBatch own = numbered(entries, bodies)) {
            subscriber.write(own, now);
        } catch (RuntimeException | Error e) {
            move(before);
            throw e;
        }
    }

    /** Tells whether its ids are the same as the channel's, so that it can share whole frames. */
    boolean isAlone() {
        return bookmarks.isSingle();
    }
}
