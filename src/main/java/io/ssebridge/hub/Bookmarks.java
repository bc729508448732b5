package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * How far one stream has come, on each of its channels: what its ids are made of.
 *
 * <p><b>Owner:</b> the stream's event loop.
 */
public final class Bookmarks {
    private final List<ChannelName> channels;
    private final List<Cursor> cursors;
    private final Predicate<ChannelName> keeps;

    /**
     * Begins at these cursors.
     *
     * @param channels the stream's channels
     * @param cursors a cursor for each
     * @param keeps whether a channel has a history: only then is its cursor part of an id
     */
    public Bookmarks(List<ChannelName> channels, List<Cursor> cursors, Predicate<ChannelName> keeps) {
        this.channels = List.copyOf(channels);
        this.cursors = new ArrayList<>(cursors);
        this.keeps = keeps;
    }

    /** The channels. */
    public List<ChannelName> channels() {
        return channels;
    }

    /** Whether the stream has one channel only, so that its ids are the channel's. */
    boolean isSingle() {
        return channels.size() == 1;
    }

    Cursor at(int channel) {
        return cursors.get(channel);
    }

    /**
     * Moves on.
     *
     * @param channel the index of the channel
     * @param cursor how far it has come
     */
    public void move(int channel, Cursor cursor) {
        cursors.set(channel, cursor);
    }

    /** The id of an event that brings the stream to where it stands; of a stream with a history at least. */
    public String id() {
        List<ChannelName> kept = new ArrayList<>(channels.size());
        List<Cursor> places = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            if (keeps.test(channels.get(i))) {
                kept.add(channels.get(i));
                places.add(cursors.get(i));
            }
        }
        return EventId.encode(kept, places);
    }
}
