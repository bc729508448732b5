package io.ssebridge.control;

import io.vertx.core.json.JsonObject;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the requests of other services to disconnect subscribers. */
final class DisconnectRequest {
    private static final Set<String> FIELDS = Set.of("subscriber", "sub", "channel");
    private static final String EXPECTED =
            "expected: {\"subscriber\": id}, or {\"sub\": subject} with or without channel";

    private DisconnectRequest() {}

    /**
     * Checks a request.
     *
     * @param body the body of a message
     * @throws IllegalArgumentException if it is malformed
     */
    static JsonObject check(@Nullable Object body) {
        if (!(body instanceof JsonObject json)
                || !FIELDS.containsAll(json.fieldNames())
                || json.containsKey("subscriber") == json.containsKey("sub")
                || json.containsKey("subscriber") && json.containsKey("channel")) {
            throw new IllegalArgumentException("body: " + EXPECTED);
        }
        for (String field : json.fieldNames()) {
            if (!(json.getValue(field) instanceof String text) || text.isEmpty()) {
                throw new IllegalArgumentException(field + ": expected a string that is not empty");
            }
        }
        return json;
    }
}
