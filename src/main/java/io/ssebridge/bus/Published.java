package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * The receipt of a publisher. The event is retained or, in a channel without a history, announced.
 *
 * @param channel the channel of the event
 * @param id can be used as the last event id of a stream of the channel; empty if the channel has no history
 * @param sequence the sequence of the event
 * @param repeated whether the event had been retained before, because its publisher has repeated its key
 */
public record Published(ChannelName channel, Optional<String> id, long sequence, boolean repeated) {
    /** Returns the JSON for publishers, the same over HTTP and over the event bus. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        id.ifPresent(text -> json.put("id", text));
        return json.put("channel", channel.value()).put("sequence", sequence);
    }
}
