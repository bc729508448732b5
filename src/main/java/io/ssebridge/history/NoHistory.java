package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.vertx.core.Future;
import java.util.List;

/**
 * A history that keeps nothing. Every append gets the sequence that its leader expects, and readings are empty. Any
 * thread.
 */
public final class NoHistory implements History {
    /** Creates a history without state. */
    public NoHistory() {}

    @Override
    public boolean exists(ChannelName channel) {
        return false;
    }

    @Override
    public Future<Extent> extent(ChannelName channel) {
        return Future.succeededFuture(new Extent(0, -1));
    }

    @Override
    public Future<Long> append(ChannelName channel, List<Frame> frames) {
        return Future.succeededFuture(frames.get(0).base() + 1);
    }

    @Override
    public Future<List<NumberedFrame>> read(ChannelName channel, long from, int max) {
        return Future.succeededFuture(List.of());
    }

    @Override
    public Future<Void> destroy(ChannelName channel) {
        return Future.succeededFuture();
    }
}
