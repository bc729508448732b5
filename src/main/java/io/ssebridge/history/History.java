package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Frame;
import io.ssebridge.event.Numbered;
import io.vertx.core.Future;
import java.util.List;

/**
 * The retained frames of each channel, numbered from 0 in steps of one; the oldest make room for new ones. Any thread;
 * answers come on the caller's context.
 *
 * <p>It is a plain store: what its frames mean is for {@link HistoryReader} to say. A channel that was never appended to
 * must not be asked for: reading may create it.
 */
public interface History {
    /**
     * Which frames there are.
     *
     * @param head the oldest frame's sequence
     * @param tail the newest frame's sequence; below {@code head}: there is none
     */
    record Extent(long head, long tail) {
        /** Whether there is no frame. */
        public boolean isEmpty() {
            return tail < head;
        }
    }

    /**
     * Which frames of a channel there are.
     *
     * @param channel the channel
     */
    Future<Extent> extent(ChannelName channel);

    /**
     * Appends frames behind all that the channel has. To be called by the channel's leader, one at a time.
     *
     * @param channel the channel
     * @param frames at least one frame, in order
     * @return the sequence of the first, the others following in steps of one; failed: they may be there or not
     */
    Future<Long> append(ChannelName channel, List<Frame> frames);

    /**
     * Reads frames.
     *
     * @param channel the channel
     * @param from the first sequence wanted; where it is gone, reading begins at the oldest
     * @param max how many at most
     * @return the frames, in steps of one; none if the tail is below {@code from}
     */
    Future<List<Numbered>> read(ChannelName channel, long from, int max);

    /**
     * Forgets a channel. To be called by its leader only.
     *
     * @param channel the channel
     */
    Future<Void> destroy(ChannelName channel);
}
