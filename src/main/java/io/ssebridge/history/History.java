package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.vertx.core.Future;
import java.util.List;

/**
 * Gives every event of a channel its place. Written to by the leader of the channel's shard only.
 */
public interface History {
    /**
     * Appends events behind all that the channel has.
     *
     * @param channel the channel
     * @param events at least one event, in order
     * @return the sequence of the first of them, the others following in steps of one; failed: none was appended
     */
    Future<Long> append(ChannelName channel, List<Event> events);

    /**
     * Forgets a channel that is idle, or that another node leads from now on.
     *
     * @param channel the channel
     */
    void forget(ChannelName channel);
}
