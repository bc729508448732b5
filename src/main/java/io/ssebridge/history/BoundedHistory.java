package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.event.Selector;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * A history with bounds for the readings of clients. Each reading waits for its turn in a {@link ReadingQueue}. It
 * brings fewer frames than requested if all would exceed {@link #READ_BYTES}. But it brings at least two if two are
 * requested: one confirms the cursor, and one advances it. Any thread; answers come on the caller's context.
 */
public final class BoundedHistory implements History {
    /** The bytes that one reading brings, if its frames are as large as those of earlier readings. */
    static final int READ_BYTES = 1 << 20;

    private static final int MAX_FRAMES = 64;
    // The number of frames for a channel of unknown frame size. It suits the largest frames that are common.
    private static final int FIRST_FRAMES = 16;
    private static final int MAX_CHANNELS = 10_000;
    // The memory of a frame in addition to its text: the objects and the numbers.
    private static final int FRAME_BYTES = 150;

    private final History history;
    private final ReadingQueue queue;
    // The approximate size of a channel's frames.
    private final ConcurrentMap<ChannelName, Integer> sizes = new ConcurrentHashMap<>();

    /**
     * Creates a history with a queue of waiting readings.
     *
     * @param history the history
     * @param queue starts the readings
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
    public Future<List<NumberedFrame>> read(ChannelName channel, long from, int max) {
        int size = sizes.getOrDefault(channel, READ_BYTES / FIRST_FRAMES);
        int fitting = Math.min(MAX_FRAMES, Math.max(2, READ_BYTES / size));
        int frames = Math.min(max, fitting);
        return queue.add(
                channel,
                (long) frames * size,
                turn -> history.read(channel, from, frames).onSuccess(read -> learn(channel, read)));
    }

    private void learn(ChannelName channel, List<NumberedFrame> frames) {
        if (frames.isEmpty()) {
            return;
        }
        if (sizes.size() >= MAX_CHANNELS) {
            sizes.clear();
        }
        long bytes = frames.stream().mapToLong(each -> bytes(each.frame())).sum();
        int mean = (int) (bytes / frames.size());
        // The value rises at once and falls slowly: large frames may come again.
        sizes.merge(channel, mean, (known, now) -> Math.max(now, known - known / 4));
    }

    /** Returns the approximate memory of a frame, in bytes. */
    static int bytes(Frame frame) {
        return FRAME_BYTES + (frame instanceof EventFrame event ? bytes(event.event()) : 0);
    }

    private static int bytes(Event event) {
        Selector selector = event.selector();
        return event.data().length() + (selector == null ? 0 : selector.bytes());
    }
}
