package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.event.Profile;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The frames of a channel as one reader sees them. Immutable, any thread; answers come on the caller's context.
 *
 * @param part the part of the reader's profile that decides about its data; empty: the data is as it was published
 */
record FrameView(PersonalData data, ChannelName channel, Optional<Profile> part) {
    /** Returns the view of a reader; null: one that gets everything as it was published. */
    static FrameView of(PersonalData data, ChannelName channel, @Nullable Profile reader) {
        return new FrameView(data, channel, data.part(channel, reader));
    }

    boolean isPersonal() {
        return part.isPresent();
    }

    /**
     * Returns frames with the data for the reader.
     *
     * @param frames frames of events
     */
    Future<List<NumberedFrame>> of(List<NumberedFrame> frames) {
        if (part.isEmpty() || frames.isEmpty()) {
            return Future.succeededFuture(frames);
        }
        List<PublishedEvent> events = frames.stream()
                .map(each -> new PublishedEvent(each.cursor(), each.frame().timeMillis(), each.event()))
                .toList();
        return data.of(channel, part.get(), events, false).map(personal -> with(frames, personal));
    }

    private static List<NumberedFrame> with(List<NumberedFrame> frames, List<Event> events) {
        List<NumberedFrame> replaced = new ArrayList<>(frames.size());
        for (int i = 0; i < frames.size(); i++) {
            NumberedFrame each = frames.get(i);
            EventFrame frame = (EventFrame) each.frame();
            replaced.add(new NumberedFrame(
                    each.sequence(),
                    new EventFrame(
                            frame.uid(),
                            frame.base(),
                            frame.index(),
                            frame.previousTag(),
                            frame.timeMillis(),
                            events.get(i))));
        }
        return replaced;
    }
}
