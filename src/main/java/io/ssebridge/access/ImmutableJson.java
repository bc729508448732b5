package io.ssebridge.access;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes immutable copies of JSON, because all event loops read them at the same time. */
final class ImmutableJson {
    private ImmutableJson() {}

    /** Copies the properties of a grant. A null property counts as absent, like a null claim. */
    static Map<String, Object> properties(Map<String, Object> properties) {
        Map<String, Object> copy = new LinkedHashMap<>();
        properties.forEach((name, value) -> {
            Object frozen = frozen(value);
            if (frozen != null) {
                copy.put(name, frozen);
            }
        });
        return Collections.unmodifiableMap(copy);
    }

    private static @Nullable Object frozen(@Nullable Object value) {
        if (value instanceof JsonObject object) {
            return frozen(object.getMap());
        }
        if (value instanceof JsonArray array) {
            return frozen(array.getList());
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> copy = new LinkedHashMap<>();
            map.forEach((name, inner) -> copy.put(name, frozen(inner)));
            return Collections.unmodifiableMap(copy);
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> copy = new ArrayList<>();
            list.forEach(inner -> copy.add(frozen(inner)));
            return Collections.unmodifiableList(copy);
        }
        return value;
    }
}
