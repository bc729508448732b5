package io.ssebridge.request;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.ssebridge.encoding.Utf8;
import io.ssebridge.event.CompactJson;
import io.ssebridge.event.Event;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the events in the body of a publish request. */
public final class EventReader {
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Jackson's shared table of field names treats many names with equal hashes as an attack. Then it fails for
            // all callers.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private EventReader() {}

    /**
     * An event to be published.
     *
     * @param event the event
     * @param key its idempotency key, or null
     */
    public record Draft(Event event, @Nullable String key) {}

    /**
     * The events of a body.
     *
     * @param drafts the events; a failed one carries a {@link Problem}
     * @param isArray whether they came as an array, so that each event gets its own answer
     */
    public record Body(List<Future<Draft>> drafts, boolean isArray) {}

    /**
     * Reads a body.
     *
     * @param format how it is written
     * @param body the body
     * @param maxEvents the largest number of events in an array
     * @throws Problem if the body is invalid, or has too many events
     */
    public static Body read(BodyFormat format, Buffer body, int maxEvents) {
        return switch (format) {
            case TEXT -> one(draft(null, text(body), null, null));
            case FORM -> one(form(body));
            case JSON -> json(text(body), maxEvents);
        };
    }

    private static Body one(Draft draft) {
        return new Body(List.of(Future.succeededFuture(draft)), false);
    }

    private static Body json(String text, int maxEvents) {
        try (JsonParser parser = JSON.createParser(text)) {
            JsonToken first = parser.nextToken();
            Body events =
                    first == JsonToken.START_ARRAY ? new Body(array(parser, maxEvents), true) : one(object(parser));
            if (parser.nextToken() != null) {
                throw Problem.badRequest("body: has more data after the JSON value");
            }
            return events;
        } catch (StreamConstraintsException e) {
            throw Problem.badRequest("body: JSON beyond the limits" + place(e.getLocation())
                    + " (expected: numbers of at most 1,000 digits, at most 1,000 levels)");
        } catch (JsonProcessingException e) {
            throw Problem.badRequest("body: malformed JSON" + place(e.getLocation()));
        } catch (IOException e) {
            throw Problem.badRequest("body: malformed JSON");
        }
    }

    private static String text(Buffer body) {
        return Utf8.decode(body.getBytes()).orElseThrow(() -> Problem.badRequest("body: is not UTF-8"));
    }

    private static List<Future<Draft>> array(JsonParser parser, int maxEvents) throws IOException {
        List<Future<Draft>> drafts = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (drafts.size() == maxEvents) {
                throw tooManyEvents();
            }
            // Each element is copied first, so that reading can continue after an invalid event.
            String element = CompactJson.copy(parser);
            try (JsonParser inner = JSON.createParser(element)) {
                inner.nextToken();
                drafts.add(Future.succeededFuture(object(inner)));
            } catch (Problem wrong) {
                drafts.add(Future.failedFuture(wrong));
            }
        }
        if (drafts.isEmpty()) {
            throw Problem.badRequest("body: expected an array of at least one event");
        }
        return drafts;
    }

    /** Makes the problem of a request beyond {@code limits.eventsPerRequest}. */
    public static Problem tooManyEvents() {
        return Problem.tooLarge("limits.eventsPerRequest: too many events, counted once for each channel");
    }

    private static Draft draft(@Nullable String name, String data, @Nullable Duration retry, @Nullable String key) {
        try {
            return new Draft(Event.published(name, data, retry), key);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    // https://url.spec.whatwg.org/#concept-urlencoded-parser
    private static Draft form(Buffer body) {
        String name = null;
        String data = null;
        String key = null;
        Duration retry = null;
        Set<String> seen = new HashSet<>();
        for (RequestTarget.Parameter field : fields(body)) {
            if (!seen.add(field.name())) {
                throw Problem.badRequest("body: has a field twice");
            }
            switch (field.name()) {
                case "event" -> name = field.value();
                case "data" -> data = field.value();
                case "key" -> key = field.value();
                case "retry" -> retry = millis(field.value());
                default -> throw unknownField();
            }
        }
        if (data == null) {
            throw Problem.badRequest("data: is missing");
        }
        return draft(name, data, retry, key);
    }

    private static List<RequestTarget.Parameter> fields(Buffer body) {
        try {
            // A char for each byte, as the request line has them.
            return RequestTarget.parameters(body.toString(StandardCharsets.ISO_8859_1));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("body: is not a form in UTF-8");
        }
    }

    private static Duration millis(String text) {
        if (!text.matches("[0-9]{1,9}")) {
            throw Problem.badRequest("retry: expected a whole number of milliseconds");
        }
        return Duration.ofMillis(Integer.parseInt(text));
    }

    private static Problem unknownField() {
        return Problem.badRequest("body: has an unknown field (expected: data, event, key, retry)");
    }

    private static Draft object(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw Problem.badRequest("body: expected a JSON object, or an array of them");
        }
        String name = null;
        String data = null;
        String key = null;
        Duration retry = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "event" -> name = text(field, value, parser);
                case "data" -> data = value == JsonToken.VALUE_STRING ? parser.getText() : CompactJson.copy(parser);
                case "key" -> key = text(field, value, parser);
                case "retry" -> retry = Duration.ofMillis(whole(field, value, parser));
                default -> throw unknownField();
            }
        }
        if (data == null) {
            throw Problem.badRequest("data: is missing");
        }
        return draft(name, data, retry, key);
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
