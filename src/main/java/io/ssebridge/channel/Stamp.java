package io.ssebridge.channel;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the bridge writes into each event that comes over HTTP, so that readers know the publisher. The subject is always
 * written beside the data. A value that the publisher claims under one of the names is removed.
 *
 * @param field the field of JSON data that gets the subject too; null: none
 * @param properties the publisher's properties that become fields of JSON data
 */
public record Stamp(@Nullable String field, List<String> properties) {
    private static final int MAX_PROPERTIES = 8;
    private static final int MAX_NAME = 64;

    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException if two are equal, one is too long or there are too many; the message begins with
     *     the key
     */
    public Stamp {
        properties = List.copyOf(properties);
        if (properties.size() > MAX_PROPERTIES) {
            throw new IllegalArgumentException(
                    "publish.properties: %d names (expected: at most %d)".formatted(properties.size(), MAX_PROPERTIES));
        }
        Set<String> names = new LinkedHashSet<>(properties);
        if (names.size() < properties.size() || field != null && !names.add(field)) {
            throw new IllegalArgumentException(
                    "publish.properties: a name twice, or that of field (expected: different names)");
        }
        if (names.stream().anyMatch(name -> name.isEmpty() || name.length() > MAX_NAME)) {
            throw new IllegalArgumentException(
                    "publish.field: an empty or long name (expected: names of 1 to %d characters)".formatted(MAX_NAME));
        }
    }

    /** Returns whether JSON data gets fields. */
    public boolean changesData() {
        return field != null || !properties.isEmpty();
    }

    /** Returns whether a field of JSON data belongs to the bridge. */
    public boolean owns(String name) {
        return name.equals(field) || properties.contains(name);
    }

    /** Adds the keys of the configuration to the value of {@code publish}. */
    JsonObject addTo(JsonObject publish) {
        publish.put("stamp", "sub");
        if (field != null) {
            publish.put("field", field);
        }
        return properties.isEmpty() ? publish : publish.put("properties", new JsonArray(properties));
    }
}
