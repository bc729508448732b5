package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A history in the memory of the leader: it numbers the events of a channel for as long as this node leads it.
 *
 * <p><b>Owner:</b> the context of the leader; not thread-safe.
 */
public final class MemoryHistory implements History {
    private final Map<ChannelName, Long> nextSequence = new HashMap<>();

    /** An empty history. */
    public MemoryHistory() {}

    @Override
    public Future<Long> append(ChannelName channel, List<Event> events) {
        long first = nextSequence.getOrDefault(channel, 0L);
        nextSequence.put(channel, first + events.size());
        return Future.succeededFuture(first);
    }

    @Override
    public void forget(ChannelName channel) {
        nextSequence.remove(channel);
    }
}
