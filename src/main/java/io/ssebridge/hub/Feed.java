package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.vertx.core.Future;

/** Delivers the events of channels to the hubs of a node. */
public interface Feed {
    /**
     * Asks the channel's leader to announce its events from now on. A second call does no harm.
     *
     * @param channel the channel
     * @return the cursor of the newest frame; all later frames will be announced
     */
    Future<Cursor> attach(ChannelName channel);

    /**
     * Tells the channel's leader that this node needs no more announcements.
     *
     * @param channel the channel
     */
    void detach(ChannelName channel);
}
