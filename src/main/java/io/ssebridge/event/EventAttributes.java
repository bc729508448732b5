package io.ssebridge.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an event has besides its text, name and reconnection time. Immutable.
 *
 * @param end whether the event ends its channel
 * @param isJson whether the data was published as JSON: then the text is JSON
 * @param selector selects the readers that get the event; null: every reader gets it
 * @param from the subject of the publisher, as the bridge has verified it; null: it is not known
 * @param traceparent the trace that the event belongs to, as {@link TraceParent} describes; null: none is known
 */
public record EventAttributes(
        boolean end,
        boolean isJson,
        @Nullable Selector selector,
        @Nullable String from,
        @Nullable String traceparent) {
    /** Nothing. */
    public static final EventAttributes NONE = new EventAttributes(false, false, null, null, null);

    /** Those of nearly all events of JSON. */
    static final EventAttributes JSON = new EventAttributes(false, true, null, null, null);

    private static final String END = "end";
    private static final String IS_JSON = "json";
    private static final String FROM = "from";
    private static final String TRACE = "trace";
    private static final String ONLY_JSON = "{\"json\":true}";

    /**
     * Checks the traceparent.
     *
     * @throws IllegalArgumentException if it is not valid
     */
    public EventAttributes {
        if (traceparent != null && !TraceParent.isValid(traceparent)) {
            throw new IllegalArgumentException("traceparent: is not valid (expected: version 00)");
        }
    }

    /** Returns these attributes; nearly all events share one object. */
    static EventAttributes of(
            boolean end,
            boolean isJson,
            @Nullable Selector selector,
            @Nullable String from,
            @Nullable String traceparent) {
        if (end || selector != null || from != null || traceparent != null) {
            return new EventAttributes(end, isJson, selector, from, traceparent);
        }
        return isJson ? JSON : NONE;
    }

    EventAttributes ending() {
        return of(true, isJson, selector, from, traceparent);
    }

    EventAttributes withJson(boolean other) {
        return of(end, other, selector, from, traceparent);
    }

    EventAttributes withSelector(@Nullable Selector other) {
        return of(end, isJson, other, from, traceparent);
    }

    EventAttributes withFrom(@Nullable String other) {
        return of(end, isJson, selector, other, traceparent);
    }

    EventAttributes withTraceparent(@Nullable String other) {
        return of(end, isJson, selector, from, other);
    }

    /** Encodes the attributes for a history; null if there are none. */
    @Nullable
    String encode() {
        if (!end && selector == null && from == null && traceparent == null) {
            return isJson ? ONLY_JSON : null;
        }
        JsonObject json = new JsonObject();
        if (end) {
            json.put(END, true);
        }
        if (isJson) {
            json.put(IS_JSON, true);
        }
        if (from != null) {
            json.put(FROM, from);
        }
        if (traceparent != null) {
            json.put(TRACE, traceparent);
        }
        if (selector != null) {
            put(json, Selector.TO, selector.to());
            put(json, Selector.EXCEPT, selector.except());
        }
        return json.encode();
    }

    private static String text(String name, JsonToken value, JsonParser parser) throws IOException {
        if (value != JsonToken.VALUE_STRING) {
            throw new IllegalArgumentException("attributes: %s is not a text".formatted(name));
        }
        return parser.getText();
    }

    private static void put(JsonObject json, String key, Map<String, Object> conditions) {
        if (!conditions.isEmpty()) {
            json.put(key, new JsonObject(new LinkedHashMap<>(conditions)));
        }
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
        if (text.equals(ONLY_JSON)) {
            return JSON;
        }
        boolean end = false;
        boolean isJson = false;
        Map<String, Object> to = null;
        Map<String, Object> except = null;
        String from = null;
        String traceparent = null;
        try (JsonParser parser = SelectorJson.parser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("attributes: malformed");
            }
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (name) {
                    case END -> end = value == JsonToken.VALUE_TRUE;
                    case IS_JSON -> isJson = value == JsonToken.VALUE_TRUE;
                    case Selector.TO -> to = SelectorJson.conditions(name, parser);
                    case Selector.EXCEPT -> except = SelectorJson.conditions(name, parser);
                    case FROM -> from = text(name, value, parser);
                    case TRACE -> traceparent = text(name, value, parser);
                    default ->
                        throw new IllegalArgumentException(
                                "attributes: %s (expected: end, json, to, except, from, trace)".formatted(name));
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("attributes: malformed", e);
        }
        return of(end, isJson, SelectorJson.selector(to, except), from, traceparent);
    }
}
