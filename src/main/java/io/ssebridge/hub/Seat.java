package io.ssebridge.hub;

import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.subscriber.Frames;
import io.ssebridge.subscriber.SharedBody;
import io.ssebridge.subscriber.Subscriber;
import java.util.List;
import java.util.function.IntFunction;

/** A subscriber's place in one {@link Audience}; touched by nobody else. */
final class Seat {
    /** Stands for: its next event is not among those that the audience keeps. */
    static final long BEHIND = -1;
    /** Stands for: it is given nothing any more, since that went wrong. */
    static final long CUT = Long.MAX_VALUE;

    final Subscriber subscriber;
    private final Bookmarks bookmarks;
    private final int channel;
    /** Where in the audience's list. */
    int index;
    /** The number of its next entry in the audience, or {@link #BEHIND}. */
    long next = BEHIND;
    /** Whether the history is being read for it. */
    boolean reading;
    /** Whether it is ahead of what was announced here, and waits for the next announcement. */
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
     * Entries with the ids of its own stream; moves it behind them.
     *
     * @param bodies what is shared of those that are {@linkplain Entry#isLarge large}, by index
     */
    private Frames numbered(List<Entry> entries, IntFunction<SharedBody> bodies) {
        Frames.Builder all = new Frames.Builder();
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            move(entry.cursor());
            if (entry.isLarge()) {
                all.add(bodies.apply(i));
            } else {
                all.add(entry.body());
            }
            if (entry.hasId()) {
                all.add(EventEncoder.end(bookmarks.id()));
            }
        }
        return all.build();
    }

    /** Writes entries with the ids of its own stream, and moves it behind them; if that fails it stays where it is. */
    void writeNumbered(List<Entry> entries, IntFunction<SharedBody> bodies, long now) {
        Cursor before = cursor();
        try (Frames own = numbered(entries, bodies)) {
            subscriber.write(own, now);
        } catch (RuntimeException | Error e) {
            move(before);
            throw e;
        }
    }

    /** Whether its ids are those of the channel, so that it can share whole frames. */
    boolean isAlone() {
        return bookmarks.isSingle();
    }
}
