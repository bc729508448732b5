package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Profile;
import io.ssebridge.history.HistoryReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How far a stream is in the histories of its channels.
 *
 * <p><b>Owner:</b> the stream's event loop.
 */
public final class StreamProgress {
    private final Bookmarks bookmarks;
    private final LoopAudiences audiences;
    private final HistoryReader history;
    private final @Nullable Profile reader;

    StreamProgress(Bookmarks bookmarks, LoopAudiences audiences, HistoryReader history, @Nullable Profile reader) {
        this.reader = reader;
        this.bookmarks = bookmarks;
        this.audiences = audiences;
        this.history = history;
    }

    /** Returns its progress in each channel, in the order of the channels. */
    public List<ChannelProgress> list() {
        List<ChannelName> channels = bookmarks.channels();
        List<ChannelProgress> progress = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            ChannelName channel = channels.get(i);
            Cursor cursor = bookmarks.at(i);
            Optional<String> id = history.keeps(channel)
                    ? Optional.of(EventId.encode(List.of(channel), List.of(cursor)))
                    : Optional.empty();
            progress.add(new ChannelProgress(
                    channel, id, audiences.lag(channel, reader, cursor), bookmarks.skippedSoFar(i)));
        }
        return progress;
    }
}
