package io.ssebridge.event;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * What an event has besides its text, name and reconnection time. Most events have nothing of it. Immutable.
 *
 * @param end whether the event ends its channel
 */
public record EventAttributes(boolean end) {
    /** Nothing. */
    public static final EventAttributes NONE = new EventAttributes(false);

    private static final String END = "end";

    /** Encodes the attributes for a history; null if there are none. */
    @Nullable
    String encode() {
        return equals(NONE) ? null : new JsonObject().put(END, end).encode();
    }

    /**
     * Decodes what {@link #encode} has encoded.
     *
     * @throws IllegalArgumentException if it has another form. An unknown attribute is refused, because ignoring it could
     *     show an event to the wrong subscribers
     */
    static EventAttributes decode(@Nullable String text) {
        if (text == null) {
            return NONE;
        }
        try {
            JsonObject json = new JsonObject(text);
            boolean end = json.getBoolean(END, false);
            json.remove(END);
            if (!json.isEmpty()) {
                throw new IllegalArgumentException("attributes: %s (expected: end)".formatted(json.fieldNames()));
            }
            return new EventAttributes(end);
        } catch (DecodeException | ClassCastException e) {
            throw new IllegalArgumentException("attributes: malformed", e);
        }
    }
}
