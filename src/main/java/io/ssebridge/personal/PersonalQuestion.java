package io.ssebridge.personal;

import io.ssebridge.event.Event;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The question which data readers with certain properties get of an event.
 *
 * @param channel the name of the channel
 * @param event the event as it was published
 * @param id the event id of a stream of this channel alone; empty: the channel has no history
 * @param sequence the sequence of the event; empty: the channel has no history
 * @param time when the event was received
 * @param properties the properties of the readers that the rule names, and {@code sub} if it names it; a property that
 *     the readers do not have is left out
 */
public record PersonalQuestion(
        String channel, Event event, Optional<String> id, OptionalLong sequence, Instant time, JsonObject properties) {
    /** Returns the question as a service on the event bus gets it. */
    JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("channel", channel)
                .put("event", event.type())
                .put("data", event.data());
        String from = event.from();
        if (from != null) {
            json.put("from", from);
        }
        id.ifPresent(text -> json.put("id", text));
        sequence.ifPresent(number -> json.put("sequence", number));
        return json.put("time", time.toString()).put("properties", properties);
    }
}
