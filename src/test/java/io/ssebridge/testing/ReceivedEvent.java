package io.ssebridge.testing;

import io.vertx.core.json.JsonObject;

/**
 * One event as a browser would dispatch it.
 *
 * @param type the event's name, {@code message} where the stream named none
 * @param data the text, its lines joined by LF
 * @param lastEventId the last event id of the stream at that moment, empty if there was none yet
 */
public record ReceivedEvent(String type, String data, String lastEventId) {
    /** The data read as a JSON object. */
    public JsonObject json() {
        return new JsonObject(data);
    }
}
