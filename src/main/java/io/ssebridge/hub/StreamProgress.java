package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Profile;
import io.ssebridge.history.HistoryReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How far a stream is in the histories of its channels.
 *
 * <p><b>Owner:</b> the stream's event loop.
 */
public final class StreamProgress {
    private final StreamSeats stream;
    private final LoopAudiences audiences;
    private final HistoryReader history;
    private final NodeHubs hubs;

    StreamProgress(StreamSeats stream, LoopAudiences audiences, HistoryReader history, NodeHubs hubs) {
        this.stream = stream;
        this.audiences = audiences;
        this.history = history;
        this.hubs = hubs;
    }

    /**
     * Selects the next events for a reader with other properties. Its place in the channels stays.
     *
     * @param reader what is known of the reader, for each channel
     */
    public void readAs(List<Profile> reader) {
        List<ChannelName> first = new ArrayList<>();
        for (int i = 0; i < reader.size(); i++) {
            if (stream.readAs(i, reader.get(i))) {
                first.add(stream.channel(i));
            }
        }
        hubs.repeat(first, audiences);
    }

    /** Returns its progress in each channel, in the order of the channels. */
    public List<ChannelProgress> list() {
        Bookmarks bookmarks = stream.bookmarks();
        List<ChannelName> channels = bookmarks.channels();
        List<ChannelProgress> progress = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            ChannelName channel = channels.get(i);
            Cursor cursor = bookmarks.at(i);
            Optional<String> id = history.keeps(channel)
                    ? Optional.of(EventId.encode(List.of(channel), List.of(cursor)))
                    : Optional.empty();
            progress.add(new ChannelProgress(
                    channel,
                    id,
                    audiences.lag(channel, stream.form(i).filter().profile(), cursor),
                    bookmarks.skippedSoFar(i)));
        }
        return progress;
    }
}
