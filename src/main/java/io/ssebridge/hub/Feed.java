package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.vertx.core.Future;

/** Where the hubs of a node hear of events. */
public interface Feed {
    /**
     * Asks the channel's leader to announce its events from now on. Asking twice does no harm.
     *
     * @param channel the channel
     * @return the newest frame; everything behind it will be announced
     */
    Future<Cursor> attach(ChannelName channel);

    /**
     * Tells the channel's leader that nobody listens here any more.
     *
     * @param channel the channel
     */
    void detach(ChannelName channel);
}
