package io.ssebridge.config;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;

/** Compares two configurations key by key. It returns keys only, because values may be secrets. */
public final class ChangedKeys {
    private ChangedKeys() {}

    /**
     * Returns the paths of the keys that differ, sorted.
     *
     * @param before sections and keys
     * @param after the same later
     */
    public static List<String> between(JsonObject before, JsonObject after) {
        Map<String, Object> old = flat(before);
        Map<String, Object> fresh = flat(after);
        TreeSet<String> all = new TreeSet<>(old.keySet());
        all.addAll(fresh.keySet());
        return all.stream()
                .filter(path -> !Objects.equals(old.get(path), fresh.get(path)))
                .toList();
    }

    private static Map<String, Object> flat(JsonObject json) {
        Map<String, Object> values = new TreeMap<>();
        collect("", json, values);
        return values;
    }

    private static void collect(String path, JsonObject json, Map<String, Object> values) {
        for (String key : json.fieldNames()) {
            Object value = json.getValue(key);
            if (value instanceof JsonObject section) {
                collect(KeyPaths.join(path, key), section, values);
            } else {
                values.put(KeyPaths.join(path, key), value);
            }
        }
    }
}
