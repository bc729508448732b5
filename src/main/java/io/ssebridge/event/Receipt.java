package io.ssebridge.event;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * The receipt of a publisher: the event is retained or, in a channel without a history, announced.
 *
 * @param channel the channel of the event
 * @param id can be used as the last event id of a stream of the channel; empty if the channel has no history
 * @param sequence the sequence of the event
 * @param repeated whether the event had been retained before, because its publisher has repeated its key
 */
public record Receipt(ChannelName channel, Optional<String> id, long sequence, boolean repeated) {
    /** Returns the JSON for publishers, the same over HTTP and over the event bus. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        id.ifPresent(text -> json.put("id", text));
        return json.put("channel", channel.value()).put("sequence", sequence);
    }

    /**
     * Reads a receipt from JSON. It does not tell whether the event was repeated.
     *
     * @param json as {@link #toJson} writes it
     * @throws IllegalArgumentException if it has another form
     */
    public static Receipt of(JsonObject json) {
        if (json.getValue("channel") instanceof String channel
                && json.getValue("sequence") instanceof Number sequence) {
            return new Receipt(
                    new ChannelName(channel), Optional.ofNullable(json.getString("id")), sequence.longValue(), false);
        }
        throw new IllegalArgumentException("receipt: channel or sequence is missing");
    }
}
