package io.ssebridge.hook;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The answer of an {@link Authorizer}. Immutable. */
public sealed interface Authorization {
    /**
     * The caller may subscribe.
     *
     * @param properties added to the properties of the caller, on this channel: selectors and presence see them. A property of
     *     the token with the same name is replaced
     */
    record Allowed(Map<String, Object> properties) implements Authorization {
        private static final int MAX_BYTES = 4_096;

        /**
         * Checks and copies the properties.
         *
         * @throws IllegalArgumentException if they are too large, or cannot be JSON
         */
        public Allowed {
            Map<String, Object> copy = new LinkedHashMap<>(properties);
            int bytes = new JsonObject(copy).encode().getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "properties: %d bytes of JSON (expected: at most %d)".formatted(bytes, MAX_BYTES));
            }
            properties = Collections.unmodifiableMap(copy);
        }
    }

    /**
     * The caller may not subscribe.
     *
     * @param reason the reason, which the client gets
     */
    record Denied(String reason) implements Authorization {
        private static final int MAX_LENGTH = 256;
        private static final String DEFAULT = "the service that decides about this channel does not allow it";

        /** Shortens a long reason, and replaces an empty one. */
        public Denied {
            reason = reason.isBlank() ? DEFAULT : reason.substring(0, Math.min(MAX_LENGTH, reason.length()));
        }
    }

    /** Allows a caller to subscribe. */
    static Authorization allow() {
        return new Allowed(Map.of());
    }

    /**
     * Allows a caller to subscribe, with more properties.
     *
     * @param properties as in {@link Allowed}
     */
    static Authorization allow(Map<String, Object> properties) {
        return new Allowed(properties);
    }

    /**
     * Does not allow it.
     *
     * @param reason the reason, which the client gets
     */
    static Authorization deny(String reason) {
        return new Denied(reason);
    }
}
