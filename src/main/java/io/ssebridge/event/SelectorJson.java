package io.ssebridge.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the conditions of selectors from JSON objects. */
public final class SelectorJson {
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // Jackson keeps the field names of all texts in one table. If a client sends many names with equal hashes,
            // this table fails for all clients.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private SelectorJson() {}

    /** Creates a parser that refuses names that come twice. */
    static JsonParser parser(String text) throws IOException {
        return JSON.createParser(text);
    }

    /**
     * Makes a selector of its two parts.
     *
     * @param to the conditions that readers must meet; null: none are given
     * @param except the conditions that exclude readers; null: none are given
     * @return null if neither is given: then every reader gets the event
     * @throws IllegalArgumentException if a condition is wrong; the message starts with its key
     */
    public static @Nullable Selector selector(@Nullable Map<String, Object> to, @Nullable Map<String, Object> except) {
        return to == null && except == null
                ? null
                : new Selector(to == null ? Map.of() : to, except == null ? Map.of() : except);
    }

    /**
     * Reads the conditions from the headers of a message.
     *
     * @param key the name of the header
     * @param headers all headers of that name
     * @return null if the message does not have the header
     * @throws IllegalArgumentException if the header has another form; the message starts with its name
     */
    public static @Nullable Map<String, Object> conditions(String key, List<String> headers) {
        if (headers.isEmpty()) {
            return null;
        }
        if (headers.size() > 1) {
            throw new IllegalArgumentException("%s: %d headers (expected: one)".formatted(key, headers.size()));
        }
        try (JsonParser parser = parser(headers.get(0))) {
            JsonToken unused = parser.nextToken();
            Map<String, Object> conditions = conditions(key, parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException(key + ": has more data after the JSON object");
            }
            return conditions;
        } catch (IOException e) {
            throw new IllegalArgumentException(key + ": malformed JSON", e);
        }
    }

    /**
     * Reads the conditions that start at the parser's current token. The parser stops on their last token.
     *
     * @param key the name of the field
     * @param parser refuses names that come twice
     * @throws IllegalArgumentException if the value has another form; the message starts with the key
     * @throws IOException if the value is not JSON
     */
    public static Map<String, Object> conditions(String key, JsonParser parser) throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException(key + ": expected an object with texts, numbers and booleans");
        }
        Map<String, Object> conditions = new HashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            conditions.put(name, value(key, parser.nextToken(), parser));
        }
        if (conditions.isEmpty()) {
            // It would stand for every reader, or for none: a publisher without a value must not send it by mistake.
            throw new IllegalArgumentException(key + ": is empty (expected: at least one value)");
        }
        return conditions;
    }

    private static Object value(String key, JsonToken token, JsonParser parser) throws IOException {
        return switch (token) {
            case VALUE_STRING -> parser.getText();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(key, parser.getText());
            default ->
                throw new IllegalArgumentException(key + ": has a value that is not a text, a number or a boolean");
        };
    }

    private static BigDecimal number(String key, String digits) {
        try {
            return new BigDecimal(digits);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(key + ": has a number that is out of bounds", e);
        }
    }
}
