package io.ssebridge.hub;

import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.subscriber.Subscriber;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/** A subscriber's place in one {@link Audience}; touched by nobody else. */
final class Seat {
    /** Stands for: its next event is not among those that the audience keeps. */
    static final long BEHIND = -1;

    final Subscriber subscriber;
    private final Bookmarks bookmarks;
    private final int channel;
    /** Where in the audience's list. */
    int index;
    /** The number of its next entry in the audience, or {@link #BEHIND}. */
    long next = BEHIND;
    /** Whether the history is being read for it. */
    boolean reading;

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

    /** Entries with the ids of its own stream; moves it behind them. */
    Buffer numbered(List<Entry> events) {
        Buffer all = Buffer.buffer();
        for (Entry entry : events) {
            move(entry.cursor());
            if (isAlone()) {
                all.appendBuffer(entry.alone());
            } else {
                all.appendBuffer(entry.body());
                if (entry.hasId()) {
                    all.appendBuffer(EventEncoder.end(bookmarks.id()));
                }
            }
        }
        return all;
    }

    /** Whether its ids are those of the channel, so that it can share whole frames. */
    boolean isAlone() {
        return bookmarks.isSingle();
    }
}
