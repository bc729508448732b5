package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.Future;

/** Where the hubs of a node get their events from. */
public interface Feed {
    /**
     * Asks the channel's leader for its events from now on. Asking twice does no harm.
     *
     * @param channel the channel
     * @return when every event that is published from then on comes
     */
    Future<Void> attach(ChannelName channel);

    /**
     * Tells the channel's leader that nobody listens here any more.
     *
     * @param channel the channel
     */
    void detach(ChannelName channel);
}
