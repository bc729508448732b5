package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The cursors of one stream, one for each of its channels. Its event ids are made of them.
 *
 * <p><b>Owner:</b> the stream's event loop.
 */
final class Bookmarks {
    private final List<ChannelName> channels;
    private final List<Cursor> cursors;
    private final Predicate<ChannelName> keeps;
    // By channel; null until the stream passes the first event that it does not get.
    private @Nullable SkippedEvents @Nullable [] skipped;

    /**
     * Starts at these cursors.
     *
     * @param channels the stream's channels
     * @param cursors a cursor for each
     * @param keeps tells whether a channel has a history: only then is its cursor part of an id
     */
    Bookmarks(List<ChannelName> channels, List<Cursor> cursors, Predicate<ChannelName> keeps) {
        this.channels = List.copyOf(channels);
        this.cursors = new ArrayList<>(cursors);
        this.keeps = keeps;
    }

    /** Returns the channels. */
    List<ChannelName> channels() {
        return channels;
    }

    /** Tells whether the stream has only one channel, so that its ids are the same as the channel's. */
    boolean isSingle() {
        return channels.size() == 1;
    }

    /** Tells whether all channels have ended, and the stream has all their events. */
    boolean haveEnded() {
        return cursors.stream().allMatch(Cursor::isEnd);
    }

    Cursor at(int channel) {
        return cursors.get(channel);
    }

    /**
     * Advances the cursor of a channel.
     *
     * @param channel the index of the channel
     * @param cursor the new cursor
     */
    void move(int channel, Cursor cursor) {
        cursors.set(channel, cursor);
    }

    /** Returns the counter of the events of a channel that the stream does not get. */
    SkippedEvents skipped(int channel) {
        @Nullable SkippedEvents[] all = skipped;
        if (all == null) {
            all = new SkippedEvents[channels.size()];
            skipped = all;
        }
        SkippedEvents counter = all[channel];
        if (counter == null) {
            counter = new SkippedEvents();
            all[channel] = counter;
        }
        return counter;
    }

    /** Returns how many events of a channel the stream did not get. */
    ChannelProgress.Skipped skippedSoFar(int channel) {
        SkippedEvents counter = skipped == null ? null : skipped[channel];
        return counter == null ? ChannelProgress.Skipped.NONE : counter.counts();
    }

    /** Tells whether a channel has a history: only then are there ids. */
    boolean haveId() {
        return channels.stream().anyMatch(keeps);
    }

    /**
     * Returns the id for an event after which the stream has these cursors. At least one channel must have a history.
     */
    String id() {
        List<ChannelName> kept = new ArrayList<>(channels.size());
        List<Cursor> keptCursors = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            if (keeps.test(channels.get(i))) {
                kept.add(channels.get(i));
                keptCursors.add(cursors.get(i));
            }
        }
        return EventId.encode(kept, keptCursors);
    }
}
