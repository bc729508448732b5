package io.ssebridge.config;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Makes values from a JSON object. A number or boolean becomes its text, and null becomes the empty text. */
final class JsonTree {
    private JsonTree() {}

    /** Returns the object's entries; {@code name} is the place of all values, since objects have no lines. */
    static Value of(String name, JsonObject json) {
        return value(json, name);
    }

    private static Value value(@Nullable Object json, String name) {
        if (json instanceof JsonObject object) {
            return new Value.Mapping(
                    object.stream()
                            .map(entry -> new Value.Entry(text(entry.getKey(), name), value(entry.getValue(), name)))
                            .toList(),
                    name);
        }
        if (json instanceof JsonArray array) {
            return new Value.Sequence(
                    array.stream().map(item -> value(item, name)).toList(), name);
        }
        return text(json == null ? "" : json.toString(), name);
    }

    private static Value text(String text, String name) {
        return new Value.Text(text, name, false);
    }
}
