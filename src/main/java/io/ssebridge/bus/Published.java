package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventId;
import io.vertx.core.json.JsonObject;
import java.util.List;

/**
 * The answer to a publisher whose event is kept.
 *
 * @param channel the event's channel
 * @param cursor its place
 * @param repeated whether it had been kept before: its publisher has come again with the same key
 */
public record Published(ChannelName channel, Cursor.At cursor, boolean repeated) {
    /** As publishers read it, over HTTP and the bus alike; the id can be the last event id of a stream of the channel. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("id", EventId.encode(List.of(channel), List.of(cursor)))
                .put("channel", channel.value())
                .put("sequence", cursor.sequence());
    }
}
