package io.ssebridge.event;

import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
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

    /**
     * Makes the profile of a subject. Other properties than texts, numbers and booleans are left out: no selector can
     * name their values.
     *
     * @param subject the subject
     * @param properties its public properties; must not change afterwards
     * @throws IllegalArgumentException if they are too large
     */
    public static Profile of(String subject, Map<String, Object> properties) {
        return checked(subject, properties);
    }

    /**
     * Returns this profile with more properties. One with the same name is replaced.
     *
     * @param more public properties; must not change afterwards
     * @throws IllegalArgumentException if they are too large, together with the others
     */
    public Profile with(Map<String, Object> more) {
        if (more.isEmpty()) {
            return this;
        }
        Map<String, Object> all = new LinkedHashMap<>(properties);
        all.putAll(more);
        return checked(subject, Collections.unmodifiableMap(all));
    }

    private static Profile checked(@Nullable String subject, Map<String, Object> properties) {
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

    /** Returns the value that a condition of a selector is compared with; null: there is none. */
    @Nullable
    Object value(String name) {
        return name.equals(Selector.SUBJECT) ? subject : properties.get(name);
    }
}
