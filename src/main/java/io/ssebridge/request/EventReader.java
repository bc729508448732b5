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
import io.ssebridge.event.Selector;
import io.ssebridge.event.SelectorJson;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
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
    public record Draft(Event event, @Nullable String key) {
        private Draft with(@Nullable Map<String, Object> to, @Nullable Map<String, Object> except) {
            try {
                return new Draft(event.withSelector(SelectorJson.selector(to, except)), key);
            } catch (IllegalArgumentException e) {
                throw Problem.badRequest(String.valueOf(e.getMessage()));
            }
        }
    }

    /**
     * The data of an event.
     *
     * @param isJson whether it is JSON, and not text
     */
    private record Data(String text, boolean isJson) {}

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
            case TEXT -> readRaw(format, body, null, null, false);
            case FORM -> one(form(body));
            case JSON -> json(text(body), maxEvents);
            case LINES -> throw new IllegalArgumentException("lines are read one by one");
        };
    }

    /**
     * Reads a body that is the data of one event, as the field {@code data} would have it.
     *
     * @param format JSON or text
     * @param body the body
     * @param name the event's name, or null
     * @param key its idempotency key, or null
     * @param end whether it ends its channel
     * @throws Problem if the body is invalid
     */
    public static Body readRaw(
            BodyFormat format, Buffer body, @Nullable String name, @Nullable String key, boolean end) {
        Data data = format == BodyFormat.TEXT
                ? new Data(text(body), false)
                : parse(text(body), parser -> data(firstToken(parser), parser));
        return one(draft(name, data, null, end, key));
    }

    /**
     * Reads an event that is a line of a body.
     *
     * @param bytes contain the line
     * @param from the index of its first byte
     * @param length its length
     * @throws Problem if it is not an event
     */
    static Draft line(byte[] bytes, int from, int length) {
        String text = Utf8.decode(ByteBuffer.wrap(bytes, from, length))
                .orElseThrow(() -> Problem.badRequest("line: is not UTF-8"));
        return parse(text, parser -> {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw Problem.badRequest("line: expected a JSON object");
            }
            return object(parser);
        });
    }

    private static Body one(Draft draft) {
        return new Body(List.of(Future.succeededFuture(draft)), false);
    }

    private static Body json(String text, int maxEvents) {
        return parse(
                text,
                parser -> parser.nextToken() == JsonToken.START_ARRAY
                        ? new Body(array(parser, maxEvents), true)
                        : one(object(parser)));
    }

    /** Reads the one value of a JSON text. */
    private interface ValueReader<T> {
        T read(JsonParser parser) throws IOException;
    }

    private static <T> T parse(String text, ValueReader<T> reader) {
        try (JsonParser parser = JSON.createParser(text)) {
            T value = reader.read(parser);
            if (parser.nextToken() != null) {
                throw Problem.badRequest("body: has more data after the JSON value");
            }
            return value;
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

    private static Draft draft(
            @Nullable String name, Data data, @Nullable Duration retry, boolean end, @Nullable String key) {
        try {
            Event event = data.isJson()
                    ? Event.publishedJson(name, data.text(), retry)
                    : Event.published(name, data.text(), retry);
            return new Draft(end ? event.ending() : event, key);
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
        boolean end = false;
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
                case "end" -> end = flag(field.value());
                default -> throw unknownField("data, event, key, retry, end");
            }
        }
        if (data == null) {
            throw Problem.badRequest("data: is missing");
        }
        return draft(name, new Data(data, false), retry, end, key);
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

    private static Problem unknownField(String known) {
        return Problem.badRequest("body: has an unknown field (expected: %s)".formatted(known));
    }

    private static Draft object(JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw Problem.badRequest("body: expected a JSON object, or an array of them");
        }
        String name = null;
        Data data = null;
        String key = null;
        Map<String, Object> to = null;
        Map<String, Object> except = null;
        Duration retry = null;
        boolean end = false;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "event" -> name = text(field, value, parser);
                case "data" -> data = data(value, parser);
                case "key" -> key = text(field, value, parser);
                case "retry" -> retry = Duration.ofMillis(whole(field, value, parser));
                case "end" -> end = flag(field, value);
                case Selector.TO -> to = conditions(field, parser);
                case Selector.EXCEPT -> except = conditions(field, parser);
                default -> throw unknownField("data, event, key, retry, end, to, except");
            }
        }
        if (data == null) {
            throw Problem.badRequest("data: is missing");
        }
        Draft draft = draft(name, data, retry, end, key);
        return to == null && except == null ? draft : draft.with(to, except);
    }

    private static Map<String, Object> conditions(String field, JsonParser parser) throws IOException {
        try {
            return SelectorJson.conditions(field, parser);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static JsonToken firstToken(JsonParser parser) throws IOException {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw Problem.badRequest("body: is empty (expected: a JSON value)");
        }
        return first;
    }

    private static Data data(JsonToken value, JsonParser parser) throws IOException {
        return value == JsonToken.VALUE_STRING
                ? new Data(parser.getText(), false)
                : new Data(CompactJson.copy(parser), true);
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

    private static boolean flag(String field, JsonToken value) {
        if (value != JsonToken.VALUE_TRUE && value != JsonToken.VALUE_FALSE) {
            throw Problem.badRequest(field + ": expected true or false");
        }
        return value == JsonToken.VALUE_TRUE;
    }

    private static boolean flag(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw Problem.badRequest("end: expected true or false");
        }
        return text.equals("true");
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
