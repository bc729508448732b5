package io.ssebridge.http;

import io.ssebridge.demo.Demo;
import io.ssebridge.request.Problem;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * A visitor of the demo, as the page describes it.
 *
 * @param subject the name
 * @param properties public properties
 * @param life how long the visitor's token is valid
 */
record DemoVisitor(String subject, JsonObject properties, Duration life) {
    private static final int MAX_TEXT = 64;
    private static final int MAX_PROPERTIES = 8;
    private static final int MIN_SECONDS = 10;
    private static final int MAX_SECONDS = (int) Duration.ofHours(12).toSeconds();

    /**
     * Reads a visitor.
     *
     * @throws Problem if a value is missing or wrong
     */
    static DemoVisitor of(Buffer bytes) {
        JsonObject body = json(bytes);
        if (!(body.getValue("sub") instanceof String name) || name.isBlank() || name.length() > MAX_TEXT) {
            throw Problem.badRequest("body: expected {\"sub\": <a name of 1 to %d characters>}".formatted(MAX_TEXT));
        }
        if (!(body.getValue("properties", new JsonObject()) instanceof JsonObject properties)
                || properties.size() > MAX_PROPERTIES
                || !properties.stream().allMatch(each -> isShort(each.getKey()) && isSimple(each.getValue()))) {
            throw Problem.badRequest(
                    "properties: expected at most %d texts, numbers or booleans; names and texts have at most %d characters"
                            .formatted(MAX_PROPERTIES, MAX_TEXT));
        }
        if (!(body.getValue("expiresIn", MAX_SECONDS) instanceof Integer seconds)
                || seconds < MIN_SECONDS
                || seconds > MAX_SECONDS) {
            throw Problem.badRequest("expiresIn: expected %d to %d seconds".formatted(MIN_SECONDS, MAX_SECONDS));
        }
        return new DemoVisitor(name, properties, Duration.ofSeconds(seconds));
    }

    private static JsonObject json(Buffer bytes) {
        try {
            return new JsonObject(bytes);
        } catch (DecodeException | ClassCastException e) {
            // The name is missing then.
            return new JsonObject();
        }
    }

    private static boolean isSimple(Object value) {
        return value instanceof String text ? isShort(text) : value instanceof Number || value instanceof Boolean;
    }

    private static boolean isShort(String text) {
        return text.length() <= MAX_TEXT;
    }

    String token(Demo demo) {
        return demo.token(subject, properties, life);
    }
}
