package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * The answer to a publisher whose event is kept, or announced where nothing is kept.
 *
 * @param channel the event's channel
 * @param id can be the last event id of a stream of the channel; empty: the channel has no history
 * @param sequence its place
 * @param repeated whether it had been kept before: its publisher has come again with the same key
 */
public record Published(ChannelName channel, Optional<String> id, long sequence, boolean repeated) {
    /** As publishers read it, over HTTP and the bus alike. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        id.ifPresent(text -> json.put("id", text));
        return json.put("channel", channel.value()).put("sequence", sequence);
    }
}
