package io.ssebridge.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.ssebridge.event.CompactJson;
import io.ssebridge.event.Event;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Makes an event of the body of a publish request. */
final class EventReader {
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // The table of field names seen takes names with equal hashes for an attack, and fails for everybody.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private EventReader() {}

    /**
     * Reads an event.
     *
     * @param contentType the header, or null
     * @param body the body
     * @throws Problem if it is none
     */
    static Event read(@Nullable String contentType, Buffer body) {
        String text;
        boolean json = isJson(contentType);
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body.getBytes()))
                    .toString();
        } catch (CharacterCodingException e) {
            throw Problem.badRequest("body: is no UTF-8");
        }
        try {
            return json ? json(text) : Event.published(null, text, null);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            throw Problem.unsupportedMediaType("no Content-Type");
        }
        String[] parts = contentType.toLowerCase(Locale.ROOT).split(";", -1);
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().replace("\"", "");
            if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
                throw Problem.unsupportedMediaType("Content-Type with " + parameter);
            }
        }
        return switch (parts[0].strip()) {
            case "application/json" -> true;
            case "text/plain" -> false;
            default -> throw Problem.unsupportedMediaType("Content-Type is neither");
        };
    }

    private static Event json(String text) {
        try (JsonParser parser = JSON.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Problem.badRequest("body: expected a JSON object");
            }
            String name = null;
            String data = null;
            Duration retry = null;
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                String field = parser.currentName();
                JsonToken value = parser.nextToken();
                switch (field) {
                    case "event" -> name = text(field, value, parser);
                    case "data" -> data = value == JsonToken.VALUE_STRING ? parser.getText() : CompactJson.copy(parser);
                    case "retry" -> retry = Duration.ofMillis(whole(field, value, parser));
                    default -> throw Problem.badRequest("body: has an unknown field (expected: data, event, retry)");
                }
            }
            if (parser.nextToken() != null) {
                throw Problem.badRequest("body: has more behind the JSON object");
            }
            if (data == null) {
                throw Problem.badRequest("data: is missing");
            }
            return Event.published(name, data, retry);
        } catch (JsonProcessingException e) {
            throw Problem.badRequest("body: malformed JSON" + place(e.getLocation()));
        } catch (IOException e) {
            throw Problem.badRequest("body: malformed JSON");
        }
    }

    private static String place(@Nullable JsonLocation location) {
        return location == null ? "" : " at line %d, column %d".formatted(location.getLineNr(), location.getColumnNr());
    }

    private static String text(String field, JsonToken value, JsonParser parser) throws IOException {
        if (value != JsonToken.VALUE_STRING) {
            throw Problem.badRequest(field + ": expected a string");
        }
        return parser.getText();
    }

    private static int whole(String field, JsonToken value, JsonParser parser) throws IOException {
        if (value != JsonToken.VALUE_NUMBER_INT) {
            throw Problem.badRequest(field + ": expected a whole number of milliseconds");
        }
        if (parser.getNumberType() != JsonParser.NumberType.INT) {
            throw Problem.badRequest(field + ": is out of bounds");
        }
        return parser.getIntValue();
    }
}
