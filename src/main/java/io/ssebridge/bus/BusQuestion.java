package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.wire.Refusals;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A question of another service, with checked fields. */
record BusQuestion(JsonObject body) {
    /**
     * Reads a question.
     *
     * @param body the body of a message
     * @param fields names the fields for the sender of a wrong body
     * @throws IllegalArgumentException if the body is not an object
     */
    static BusQuestion of(@Nullable Object body, String fields) {
        if (body instanceof JsonObject json) {
            return new BusQuestion(json);
        }
        throw new IllegalArgumentException("body: expected a JsonObject with " + fields);
    }

    /**
     * Returns the field {@code channel}.
     *
     * @throws RuntimeException if it is missing or invalid, or the channel has no rule
     */
    ChannelName channel(ChannelRules rules) {
        ChannelName channel =
                new ChannelName(text("channel").orElseThrow(() -> new IllegalArgumentException("channel: is missing")));
        if (rules.find(channel).isEmpty()) {
            throw Refusals.noRule(channel);
        }
        return channel;
    }

    /**
     * Returns a text.
     *
     * @throws IllegalArgumentException if the field is not a text
     */
    Optional<String> text(String key) {
        Object value = body.getValue(key);
        if (value != null && !(value instanceof String)) {
            throw new IllegalArgumentException(key + ": expected a string");
        }
        return Optional.ofNullable((String) value);
    }

    /**
     * Returns a number that is not negative, or null.
     *
     * @throws IllegalArgumentException if the field is another number, or not a number
     */
    @Nullable
    Integer count(String key) {
        @Nullable Long number = number(key);
        if (number == null) {
            return null;
        }
        if (number < 0 || number > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("%s: %d (expected: 0 to %d)".formatted(key, number, Integer.MAX_VALUE));
        }
        return number.intValue();
    }

    /**
     * Returns a number, or null.
     *
     * @throws IllegalArgumentException if the field is not a whole number
     */
    @Nullable
    Long number(String key) {
        Object value = body.getValue(key);
        if (value == null) {
            return null;
        }
        if (value instanceof Integer || value instanceof Long) {
            return ((Number) value).longValue();
        }
        throw new IllegalArgumentException(key + ": expected a whole number");
    }
}
