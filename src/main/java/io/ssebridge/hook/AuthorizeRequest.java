package io.ssebridge.hook;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;

/**
 * The question whether a caller may subscribe to a channel.
 *
 * @param channel the channel
 * @param subject the subject of the caller; empty: the caller is anonymous
 * @param properties the texts, numbers and booleans among the public properties of the caller
 */
public record AuthorizeRequest(ChannelName channel, Optional<String> subject, Map<String, Object> properties) {
    /** Returns the question as services get it. */
    JsonObject toJson() {
        return new JsonObject()
                .put("channel", channel.value())
                .put("sub", subject.orElse(null))
                .put("properties", new JsonObject(properties));
    }
}
