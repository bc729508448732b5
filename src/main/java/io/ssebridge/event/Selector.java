package io.ssebridge.event;

import io.ssebridge.encoding.Utf8;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Selects the readers of an event by their subject and properties. Immutable.
 *
 * <p>A condition is a name and a value: a text, a boolean, or a number, which is a {@link BigDecimal} here. The name
 * {@value #SUBJECT} stands for the subject. A reader without a value of that name does not meet the condition. Numbers
 * are equal if they have the same value, however they are written.
 *
 * @param to the reader must meet all of these conditions; empty: every reader does
 * @param except a reader that meets all of these conditions does not get the event; empty: no reader is excluded
 */
public record Selector(Map<String, Object> to, Map<String, Object> except) {
    /** The name of the conditions that readers must meet. */
    public static final String TO = "to";

    /** The name of the conditions that exclude readers. */
    public static final String EXCEPT = "except";

    /** The name that stands for the subject of a reader. */
    static final String SUBJECT = "sub";

    /** Selects no readers: the service that makes the data for some readers withholds the event from them. */
    public static final Selector WITHHELD = nobody("withheld");

    /** Selects no readers: the service that makes the data for some readers has not answered. */
    public static final Selector UNANSWERED = nobody("unanswered");

    private static final int MAX_CONDITIONS = 16;
    private static final int MAX_BYTES = 1_024;

    /**
     * Checks and copies the conditions.
     *
     * @throws IllegalArgumentException if there are none, or if one is wrong; the message starts with its key
     */
    public Selector {
        if (to.isEmpty() && except.isEmpty()) {
            throw new IllegalArgumentException("to, except: no conditions (expected: at least one)");
        }
        to = conditions(TO, to);
        except = conditions(EXCEPT, except);
    }

    /**
     * Selects the readers that meet all of these conditions.
     *
     * @param conditions texts, numbers and booleans by their names
     * @throws IllegalArgumentException if one is wrong
     */
    public static Selector to(Map<String, ?> conditions) {
        return new Selector(Map.copyOf(conditions), Map.of());
    }

    /**
     * Selects all readers but those that meet all of these conditions.
     *
     * @param conditions texts, numbers and booleans by their names
     * @throws IllegalArgumentException if one is wrong
     */
    public static Selector except(Map<String, ?> conditions) {
        return new Selector(Map.of(), Map.copyOf(conditions));
    }

    /** Excludes the only subject that it selects. */
    private static Selector nobody(String why) {
        return new Selector(Map.of(SUBJECT, why), Map.of(SUBJECT, why));
    }

    private static Map<String, Object> conditions(String key, Map<String, Object> conditions) {
        if (conditions.size() > MAX_CONDITIONS) {
            throw new IllegalArgumentException(
                    "%s: %d values (expected: at most %d)".formatted(key, conditions.size(), MAX_CONDITIONS));
        }
        Map<String, Object> checked = new LinkedHashMap<>();
        conditions.forEach((name, value) -> checked.put(name, condition(key, name, value)));
        int bytes = bytes(checked);
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException("%s: %d bytes (expected: at most %d)".formatted(key, bytes, MAX_BYTES));
        }
        return Map.copyOf(checked);
    }

    private static Object condition(String key, String name, Object value) {
        Object comparable = comparable(value);
        // A half of a surrogate pair would become another text in UTF-8.
        if (comparable == null || !Utf8.canEncode(name) || comparable instanceof String text && !Utf8.canEncode(text)) {
            throw new IllegalArgumentException(
                    "%s: has a value that is not a text, a number or a boolean".formatted(key));
        }
        if (name.equals(SUBJECT) && !(comparable instanceof String)) {
            throw new IllegalArgumentException("%s.%s: is not a text".formatted(key, SUBJECT));
        }
        return comparable;
    }

    /** Returns a value in the form in which equal values are equal objects; null: it cannot be compared. */
    static @Nullable Object comparable(@Nullable Object value) {
        if (value instanceof Number) {
            try {
                return new BigDecimal(value.toString()).stripTrailingZeros();
            } catch (ArithmeticException | NumberFormatException e) {
                return null;
            }
        }
        return value instanceof String || value instanceof Boolean ? value : null;
    }

    /**
     * Tells whether a reader gets the event.
     *
     * @param profile what is known of the reader now
     */
    public boolean selects(Profile profile) {
        return meets(profile, to) && (except.isEmpty() || !meets(profile, except));
    }

    private static boolean meets(Profile profile, Map<String, Object> conditions) {
        for (Map.Entry<String, Object> condition : conditions.entrySet()) {
            if (!condition.getValue().equals(comparable(profile.value(condition.getKey())))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns whether the readers of the event depend on properties with these names only.
     *
     * @param names names of properties, or {@value #SUBJECT}
     */
    public boolean dependsOnlyOn(List<String> names) {
        return names.containsAll(to.keySet()) && names.containsAll(except.keySet());
    }

    /** Returns the size of the names and values, in bytes of UTF-8. */
    public int bytes() {
        return bytes(to) + bytes(except);
    }

    private static int bytes(Map<String, Object> conditions) {
        int bytes = 0;
        for (Map.Entry<String, Object> condition : conditions.entrySet()) {
            bytes += length(condition.getKey()) + length(condition.getValue().toString());
        }
        return bytes;
    }

    private static int length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
