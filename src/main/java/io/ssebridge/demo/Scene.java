package io.ssebridge.demo;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A scene that one node plays at a time. Immutable.
 *
 * @param kind what is played
 * @param id identifies it in the cluster; together with the kind it determines all events
 * @param text what the visitor has asked; null: nothing
 * @param players the nodes that know of the scene: the first of them that is still there plays it
 */
record Scene(Kind kind, String id, @Nullable String text, List<String> players) {
    /** What is played; lower case on the event bus. */
    enum Kind {
        /** A cricket match. */
        MATCH,
        /** A job that another service ends. */
        JOB,
        /** An answer, word by word. */
        RUN
    }

    Scene {
        players = List.copyOf(players);
    }

    String channel() {
        return switch (kind) {
            case MATCH -> "scores.demo";
            case JOB -> "jobs." + id;
            case RUN -> "runs." + id;
        };
    }

    JsonObject toJson() {
        return new JsonObject()
                .put("kind", kind.name().toLowerCase(Locale.ROOT))
                .put("id", id)
                .put("text", text)
                .put("players", new JsonArray(players));
    }

    static Scene of(JsonObject json) {
        return new Scene(
                Kind.valueOf(json.getString("kind").toUpperCase(Locale.ROOT)),
                json.getString("id"),
                json.getString("text"),
                json.getJsonArray("players").stream().map(String.class::cast).toList());
    }
}
