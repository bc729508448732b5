package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Profile;
import io.ssebridge.subscriber.Subscriber;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stream in its channels. In each of them it has a seat in an {@link Audience}, or waits for a {@linkplain Snapshots
 * snapshot}.
 *
 * <p><b>Owner:</b> the stream's event loop.
 */
final class StreamSeats {
    private final Subscriber subscriber;
    private final Bookmarks bookmarks;
    private List<StreamForm> forms;
    private final @Nullable Snapshots snapshots;
    private final @Nullable Place[] places;

    /** The place of the stream in one channel. */
    interface Place {
        /** Writes what the stream lacks, as far as it is writable. */
        void flush();

        /** Leaves the channel; called once. */
        void leave();

        /**
         * Follows the properties of the reader, which have changed.
         *
         * @return whether the stream has moved to an audience without other seats, so that the hub of the channel must {@linkplain
         *     Hubs#repeat repeat} its cursor
         */
        boolean readerChanged();
    }

    /**
     * Creates the stream without any place.
     *
     * @param bookmarks its channels, without duplicates, with its cursor on each
     * @param forms the form of the events of each channel
     * @param snapshots gives the snapshots; null: no channel of the node has any
     */
    StreamSeats(Subscriber subscriber, Bookmarks bookmarks, List<StreamForm> forms, @Nullable Snapshots snapshots) {
        this.subscriber = subscriber;
        this.bookmarks = bookmarks;
        this.forms = forms;
        this.snapshots = snapshots;
        this.places = new Place[forms.size()];
    }

    /** Creates the stream, with the same form in all channels, and without snapshots. */
    StreamSeats(Subscriber subscriber, Bookmarks bookmarks, StreamForm form) {
        this(subscriber, bookmarks, Collections.nCopies(bookmarks.channels().size(), form), null);
    }

    /** Takes over the end of the stream, and the moments when it becomes writable. */
    void begin() {
        for (int i = 0; i < places.length; i++) {
            int channel = i;
            subscriber.onClose(() -> leave(channel));
        }
        subscriber.onWritable(this::flush);
    }

    /** Writes what the stream lacks in all channels, as far as it is writable. */
    void flush() {
        for (int i = 0; i < places.length; i++) {
            flush(i);
        }
    }

    /** Writes what the stream lacks in a channel, as far as it is writable. */
    void flush(int channel) {
        Place place = places[channel];
        if (place != null) {
            place.flush();
        }
    }

    /** Takes a place in a channel. */
    void take(int channel, Place place) {
        places[channel] = place;
    }

    /** Leaves the place in a channel, if there is one. */
    void leave(int channel) {
        Place place = places[channel];
        if (place != null) {
            places[channel] = null;
            place.leave();
        }
    }

    /**
     * Gives the stream the events of a channel for other properties of its reader from now on.
     *
     * @return as {@link Place#readerChanged} does
     */
    boolean readAs(int channel, Profile reader) {
        StreamForm form = form(channel).with(reader);
        if (form.equals(form(channel))) {
            return false;
        }
        forms = new ArrayList<>(forms);
        forms.set(channel, form);
        Place place = places[channel];
        return place != null && place.readerChanged();
    }

    /** Returns the snapshots of a channel; null: it has none. */
    @Nullable
    Snapshots snapshots(int channel) {
        return snapshots != null && snapshots.has(channel(channel)) ? snapshots : null;
    }

    Subscriber subscriber() {
        return subscriber;
    }

    Bookmarks bookmarks() {
        return bookmarks;
    }

    ChannelName channel(int channel) {
        return bookmarks.channels().get(channel);
    }

    StreamForm form(int channel) {
        return forms.get(channel);
    }
}
