package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Frame;
import io.ssebridge.event.Numbered;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The retained frames of each channel, numbered from 0 in steps of one; the oldest make room for new ones. Any thread;
 * answers come on the caller's context.
 *
 * <p>It is a plain store: what its frames mean is for {@link HistoryReader} to say. A channel that was never appended to, or
 * is destroyed, must not be read: in a cluster that would create an empty history, which takes the memory of a full one.
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
     * Whether there may be anything of a channel. Creates nothing. In a cluster, a node hears of what another one has created
     * a moment later.
     *
     * @param channel the channel
     */
    boolean exists(ChannelName channel);

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
     * @param max how many at most; there may come fewer, but if two or more are wanted and there, at least two
     * @return the frames, in steps of one; none if the tail is below {@code from}
     */
    Future<List<Numbered>> read(ChannelName channel, long from, int max);

    /**
     * Reads a stretch of frames, which may be longer than what one read brings.
     *
     * @param channel the channel
     * @param from the first sequence wanted
     * @param last the last sequence wanted
     * @return what is there of it
     */
    default Future<List<Numbered>> readAll(ChannelName channel, long from, long last) {
        List<Numbered> frames = new ArrayList<>();
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
     * Forgets a channel, if there is anything of it. To be called by its leader only.
     *
     * @param channel the channel
     */
    Future<Void> destroy(ChannelName channel);
}
