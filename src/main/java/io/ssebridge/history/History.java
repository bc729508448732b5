package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The retained frames of each channel, with consecutive sequences from 0. The oldest frames make room for new ones. Any
 * thread; answers come on the caller's context.
 *
 * <p>It is a plain store: {@link HistoryReader} interprets the frames. A channel that was never appended to, or that
 * was destroyed, must not be read. In a cluster a reading would create an empty history, which takes the memory of a
 * full one.
 */
public interface History {
    /**
     * The range of the retained frames.
     *
     * @param head the oldest frame's sequence
     * @param tail the newest frame's sequence; below {@code head}: there are no frames
     */
    record Extent(long head, long tail) {
        /** Tells whether there are no frames. */
        public boolean isEmpty() {
            return tail < head;
        }
    }

    /**
     * Tells whether a channel may have a history. It creates nothing. In a cluster, a node learns a moment later that
     * another node has created a history.
     *
     * @param channel the channel
     */
    boolean exists(ChannelName channel);

    /**
     * Returns the range of a channel's frames.
     *
     * @param channel the channel
     */
    Future<Extent> extent(ChannelName channel);

    /**
     * Appends frames to the end of a channel's history. Only the channel's leader may call this, with one append in
     * flight.
     *
     * @param channel the channel
     * @param frames at least one frame, in order
     * @return the sequence of the first frame; the others follow without a gap. If the future fails, the frames may be
     *     in the history or not
     */
    Future<Long> append(ChannelName channel, List<Frame> frames);

    /**
     * Reads frames.
     *
     * @param channel the channel
     * @param from the first sequence to read; if that frame is gone, reading begins at the oldest frame
     * @param max the largest number of frames. Fewer may come, but at least two if {@code max} is two or more and two
     *     exist
     * @return the frames, with consecutive sequences; empty if the tail is below {@code from}
     */
    Future<List<NumberedFrame>> read(ChannelName channel, long from, int max);

    /**
     * Reads a range of frames, which may need several readings.
     *
     * @param channel the channel
     * @param from the first sequence to read
     * @param last the last sequence to read
     * @return the frames of this range that still exist
     */
    default Future<List<NumberedFrame>> readAll(ChannelName channel, long from, long last) {
        List<NumberedFrame> frames = new ArrayList<>();
        long[] next = {from};
        return AsyncLoop.run(() -> read(channel, next[0], (int) Math.min(Integer.MAX_VALUE, last - next[0] + 1))
                .map(read -> {
                    read.stream().filter(each -> each.sequence() <= last).forEach(frames::add);
                    next[0] = read.isEmpty()
                            ? last + 1
                            : read.get(read.size() - 1).sequence() + 1;
                    return next[0] > last ? Optional.of(frames) : Optional.empty();
                }));
    }

    /**
     * Destroys the history of a channel, if it has one. Only its leader may call this.
     *
     * @param channel the channel
     */
    Future<Void> destroy(ChannelName channel);
}
