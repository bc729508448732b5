package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.vertx.core.Future;

/** Publishes the changes of presence that are events of a channel. Owner: the node's own context. */
@FunctionalInterface
public interface PresenceChannels {
    /**
     * Publishes an event on a channel with {@code presenceOf}, on which nobody else may publish.
     *
     * @param channel the channel
     * @param event the event
     * @param key the id of the change: events with the same key are one event
     * @return completes when the event is retained
     */
    Future<Void> publish(ChannelName channel, Event event, String key);
}
