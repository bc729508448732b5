package io.ssebridge.demo;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A node as visitors see it.
 *
 * @param id its id in the cluster
 * @param name a letter; null: all letters are taken
 * @param port the TCP port of its HTTP server
 */
record DemoNode(String id, @Nullable String name, int port) {
    private static final char SEPARATOR = ' ';

    /** Returns the entry for the map of the cluster. */
    String entry() {
        return port + String.valueOf(SEPARATOR) + id;
    }

    /** Reads what {@link #entry} has written. */
    static DemoNode of(String name, String entry) {
        int end = entry.indexOf(SEPARATOR);
        return new DemoNode(entry.substring(end + 1), name, Integer.parseInt(entry.substring(0, end)));
    }

    JsonObject toJson(boolean self) {
        return new JsonObject()
                .put("id", id)
                .put("name", name)
                .put("port", port)
                .put("self", self);
    }
}
