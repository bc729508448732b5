package io.ssebridge.personal;

import io.ssebridge.encoding.Utf8;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the answers of services. Any thread. */
final class AnswerReader {
    private static final String DATA = "data";

    private final int maxBytes;

    /**
     * Creates a reader.
     *
     * @param maxBytes the largest size of the data, in bytes of UTF-8
     */
    AnswerReader(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * Reads the reply of a service on the event bus: {@code {"data": …}} or a text; null or {@code {}} withholds the event.
     *
     * @throws IllegalArgumentException if it is something else; the message says why
     */
    Answer reply(@Nullable Object body) {
        if (body == null) {
            return Answer.NoData.WITHHELD;
        }
        if (body instanceof String text) {
            return data(text, false);
        }
        if (!(body instanceof JsonObject json)) {
            throw new IllegalArgumentException("a %s (expected: {\"data\": …}, a text or null)"
                    .formatted(body.getClass().getSimpleName()));
        }
        if (!Set.of(DATA).containsAll(json.fieldNames())) {
            throw new IllegalArgumentException("the keys %s (expected: data)".formatted(json.fieldNames()));
        }
        return value(json.getValue(DATA));
    }

    /**
     * Reads the value that an embedded personaliser has made.
     *
     * @throws IllegalArgumentException if it cannot be the data of an event; the message says why
     */
    Answer made(Optional<Object> value) {
        return value(value.orElse(null));
    }

    private Answer value(@Nullable Object value) {
        if (value == null) {
            return Answer.NoData.WITHHELD;
        }
        return value instanceof String text ? data(text, false) : data(json(value), true);
    }

    private static String json(Object value) {
        try {
            if (value instanceof JsonObject json) {
                return json.encode();
            } else if (value instanceof JsonArray json) {
                return json.encode();
            } else if (value instanceof Buffer) {
                throw new IllegalArgumentException("a Buffer (expected: a text or JSON)");
            }
            return Json.encode(value);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("data that JSON cannot contain", e);
        }
    }

    private Answer data(String text, boolean isJson) {
        if (!Utf8.canEncode(text)) {
            throw new IllegalArgumentException("data with half of a surrogate pair");
        }
        // Most texts are short enough whatever their characters.
        if (text.length() > maxBytes / 3 && text.getBytes(StandardCharsets.UTF_8).length > maxBytes) {
            throw new IllegalArgumentException("data above limits.eventSize (%d bytes)".formatted(maxBytes));
        }
        return new Answer.Data(text, isJson);
    }
}
