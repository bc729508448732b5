package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventId;
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
    private final Bookmarks bookmarks;
    private final LoopAudiences audiences;
    private final HistoryReader history;
    private final List<StreamForm> forms;

    StreamProgress(Bookmarks bookmarks, LoopAudiences audiences, HistoryReader history, List<StreamForm> forms) {
        this.bookmarks = bookmarks;
        this.audiences = audiences;
        this.history = history;
        this.forms = forms;
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
                    channel,
                    id,
                    audiences.lag(channel, forms.get(i).filter().profile(), cursor),
                    bookmarks.skippedSoFar(i)));
        }
        return progress;
    }
}
