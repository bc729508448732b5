package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.event.Frame;
import io.ssebridge.event.Numbered;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A history as clients may read it: each read waits for its turn in a {@link ReadingQueue}, and brings fewer frames than
 * wanted where more would be above {@link #READ_BYTES}; but at least two if two are wanted: one for the place, and one to
 * get on. Any thread; answers come on the caller's context.
 */
public final class BoundedHistory implements History {
    /** What one read brings, if the frames are as large as those that were read before. */
    static final int READ_BYTES = 1 << 20;

    private static final int MAX_FRAMES = 64;
    // Nothing is known yet of a channel's frames: so many of the largest that are usual.
    private static final int FIRST_FRAMES = 16;
    private static final int MAX_CHANNELS = 10_000;
    // Beside its texts: the objects, and the numbers of each frame.
    private static final int FRAME_BYTES = 150;

    private final History history;
    private final ReadingQueue queue;
    // How large a channel's frames are, about.
    private final ConcurrentMap<ChannelName, Integer> sizes = new ConcurrentHashMap<>();

    /**
     * Bounds the readings of a history.
     *
     * @param history the history
     * @param queue lets them run
     */
    public BoundedHistory(History history, ReadingQueue queue) {
        this.history = history;
        this.queue = queue;
    }

    @Override
    public boolean exists(ChannelName channel) {
        return history.exists(channel);
    }

    @Override
    public Future<Extent> extent(ChannelName channel) {
        return history.extent(channel);
    }

    @Override
    public Future<Long> append(ChannelName channel, List<Frame> frames) {
        return history.append(channel, frames);
    }

    @Override
    public Future<Void> destroy(ChannelName channel) {
        return history.destroy(channel);
    }

    @Override
    public Future<List<Numbered>> read(ChannelName channel, long from, int max) {
        int size = sizes.getOrDefault(channel, READ_BYTES / FIRST_FRAMES);
        int fitting = Math.min(MAX_FRAMES, Math.max(2, READ_BYTES / size));
        int frames = Math.min(max, fitting);
        return queue.add(
                channel,
                (long) frames * size,
                () -> history.read(channel, from, frames).onSuccess(read -> learn(channel, read)));
    }

    private void learn(ChannelName channel, List<Numbered> frames) {
        if (frames.isEmpty()) {
            return;
        }
        if (sizes.size() >= MAX_CHANNELS) {
            sizes.clear();
        }
        long bytes = frames.stream().mapToLong(each -> bytes(each.frame())).sum();
        int mean = (int) (bytes / frames.size());
        // It grows at once and falls slowly: what was large may come again.
        sizes.merge(channel, mean, (known, now) -> Math.max(now, known - known / 4));
    }

    /** Returns about how much memory a frame takes. */
    static int bytes(Frame frame) {
        Event event = frame.content();
        return FRAME_BYTES + (event == null ? 0 : event.data().length());
    }
}
