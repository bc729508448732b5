package io.ssebridge.event;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a reader: selectors are compared with it. Immutable.
 *
 * @param subject its subject; null: it is anonymous
 * @param properties its public properties: texts, numbers and booleans
 */
public record Profile(@Nullable String subject, Map<String, Object> properties) {
    /** The profile of a reader without a token. */
    public static final Profile ANONYMOUS = new Profile(null, Map.of());

    // Each stream keeps its profile in memory.
    private static final int MAX_BYTES = 4_096;
    // A long has room for each number with this many digits.
    private static final int LONG_DIGITS = 18;

    /**
     * Makes the profile of a subject. Other properties than texts, numbers and booleans are left out: no selector can
     * name their values.
     *
     * @param subject the subject
     * @param properties its public properties; must not change afterwards
     * @throws IllegalArgumentException if they are too large
     */
    public static Profile of(String subject, Map<String, Object> properties) {
        long bytes = 0;
        boolean simple = true;
        for (Map.Entry<String, Object> property : properties.entrySet()) {
            if (isSimple(property.getValue())) {
                bytes += length(property.getKey()) + length(property.getValue().toString());
            } else {
                simple = false;
            }
        }
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "properties: %d bytes (expected: at most %d)".formatted(bytes, MAX_BYTES));
        }
        return new Profile(subject, simple ? properties : simple(properties));
    }

    private static Map<String, Object> simple(Map<String, Object> properties) {
        Map<String, Object> simple = new LinkedHashMap<>();
        properties.forEach((name, value) -> {
            if (isSimple(value)) {
                simple.put(name, value);
            }
        });
        return Map.copyOf(simple);
    }

    private static boolean isSimple(Object value) {
        return value instanceof String || value instanceof Number || value instanceof Boolean;
    }

    private static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    /**
     * Returns the part of this profile with these names. Equal values become equal objects, so readers with the same
     * values have equal parts.
     *
     * @param names names of properties; {@code sub} stands for the subject
     */
    public Profile part(List<String> names) {
        Map<String, Object> values = new HashMap<>();
        for (String name : names) {
            Object value = name.equals(Selector.SUBJECT) ? null : Selector.comparable(properties.get(name));
            if (value != null) {
                values.put(name, value);
            }
        }
        return new Profile(names.contains(Selector.SUBJECT) ? subject : null, Map.copyOf(values));
    }

    /** Returns the values by their names, the subject as {@code sub}. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        if (subject != null) {
            json.put(Selector.SUBJECT, subject);
        }
        properties.forEach((name, value) -> json.put(name, value instanceof BigDecimal number ? plain(number) : value));
        return json;
    }

    /** Returns a number as services expect it: a whole one without an exponent. */
    private static Number plain(BigDecimal number) {
        boolean isLong = number.scale() <= 0 && number.precision() - number.scale() <= LONG_DIGITS;
        return isLong ? (Number) number.longValueExact() : number;
    }

    /** Returns the value that a condition of a selector is compared with; null: there is none. */
    @Nullable
    Object value(String name) {
        return name.equals(Selector.SUBJECT) ? subject : properties.get(name);
    }
}
