package io.ssebridge.bus;

import io.ssebridge.encoding.Utf8;
import io.ssebridge.event.Event;
import io.ssebridge.event.Selector;
import io.ssebridge.event.SelectorJson;
import io.ssebridge.event.SurroundingSpace;
import io.ssebridge.event.TraceParent;
import io.ssebridge.wire.Refusals;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.EncodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes an event from a message, which any service in the cluster may have sent. */
final class MessageReader {
    private static final int MAX_KEY = 255;
    // Whole numbers as in JSON. Java would also accept a plus sign and the digits of other scripts.
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,10}");

    private final int maxEventBytes;
    private final PublishMeters meters;

    MessageReader(int maxEventBytes, PublishMeters meters) {
        this.maxEventBytes = maxEventBytes;
        this.meters = meters;
    }

    /**
     * Reads a message.
     *
     * @throws IllegalArgumentException if the message cannot become an event; the message of the exception says why
     * @throws io.vertx.core.eventbus.ReplyException if the event is too large
     */
    Event read(Message<Object> message) {
        MultiMap headers = message.headers();
        Selector selector =
                SelectorJson.selector(conditions(headers, Selector.TO), conditions(headers, Selector.EXCEPT));
        Event event = event(message, headers.get("event"), retry(headers.get("retry")))
                .withSelector(selector)
                .withTraceparent(traceparent(headers));
        checkSize(event);
        return isEnd(headers.get("end")) ? event.ending() : event;
    }

    /** Returns the trace of a message; null if it has none, or if its header is not valid. */
    static @Nullable String traceparent(MultiMap headers) {
        String trace = headers.get(TraceParent.NAME);
        return TraceParent.isValid(trace) ? trace : null;
    }

    private static @Nullable Map<String, Object> conditions(MultiMap headers, String key) {
        return SelectorJson.conditions(key, headers.getAll(key));
    }

    private static Event event(Message<Object> message, @Nullable String name, @Nullable Duration retry) {
        Optional<Buffer> wire = wireJson(message);
        if (wire.isPresent()) {
            String json = utf8(wire.get());
            WireJson.check(json);
            return Event.publishedJson(name, json, retry);
        }
        Object body = MessageBody.of(message);
        return body instanceof String || body instanceof Buffer
                ? Event.published(name, text(body), retry)
                : Event.publishedJson(name, text(body), retry);
    }

    /**
     * Returns the key of a message, or null if the sender gave no key.
     *
     * @throws IllegalArgumentException if it is malformed
     */
    @Nullable
    String key(Message<Object> message) {
        String key = message.headers().get("key");
        if (key != null) {
            checkKey(key);
        }
        return key;
    }

    /**
     * Checks a publisher's idempotency key.
     *
     * @throws IllegalArgumentException if it is malformed
     */
    static void checkKey(String key) {
        if (key.isEmpty() || key.length() > MAX_KEY || hasControlCharacter(key)) {
            throw new IllegalArgumentException(
                    "key: expected 1 to %d characters without control characters".formatted(MAX_KEY));
        }
        // HTTP trims the header that may contain the key, so there the key would differ from the same key in JSON.
        if (SurroundingSpace.isAround(key)) {
            throw new IllegalArgumentException("key: begins or ends with white space (expected: none there)");
        }
    }

    private static boolean hasControlCharacter(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    /** Counts the bytes of an event, or refuses it if it is larger than the limit. */
    void checkSize(Event event) {
        int bytes = event.bytes();
        if (bytes > maxEventBytes) {
            throw Refusals.of(
                    Refusals.TOO_LARGE, "event: %d bytes (expected: at most %d)".formatted(bytes, maxEventBytes));
        }
        meters.received(bytes);
    }

    private static Optional<Buffer> wireJson(Message<Object> message) {
        try {
            return WireJson.of(message);
        } catch (IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("body: cannot be decoded", e);
        }
    }

    private static String text(@Nullable Object body) {
        if (body == null) {
            return "null";
        } else if (body instanceof String text) {
            return text;
        } else if (body instanceof JsonObject json) {
            return encoded(json::encode);
        } else if (body instanceof JsonArray json) {
            return encoded(json::encode);
        } else if (body instanceof Buffer bytes) {
            return utf8(bytes);
        } else if (body instanceof Number number) {
            return number(number);
        } else if (body instanceof Boolean) {
            return body.toString();
        }
        throw new IllegalArgumentException("body: is a " + body.getClass().getName()
                + " (expected: JsonObject, JsonArray, String, Buffer, number, boolean or null)");
    }

    // An object of this JVM may be nested too deeply, or contain something that JSON cannot contain.
    private static String encoded(Supplier<String> json) {
        try {
            return json.get();
        } catch (EncodeException e) {
            throw new IllegalArgumentException("body: is not JSON", e);
        }
    }

    private static String number(Number number) {
        double value = number.doubleValue();
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new IllegalArgumentException(
                    "body: is %s (expected: a number that JSON can contain)".formatted(number));
        }
        return number.toString();
    }

    private static String utf8(Buffer bytes) {
        return Utf8.decode(bytes.getBytes())
                .orElseThrow(() -> new IllegalArgumentException("body: is a Buffer that is not UTF-8 text"));
    }

    private static boolean isEnd(@Nullable String header) {
        if (header == null || header.equals("false")) {
            return false;
        }
        if (header.equals("true")) {
            return true;
        }
        throw new IllegalArgumentException("end: expected true or false");
    }

    private static @Nullable Duration retry(@Nullable String header) {
        if (header == null) {
            return null;
        }
        try {
            if (WHOLE.matcher(header).matches()) {
                return Duration.ofMillis(Integer.parseInt(header));
            }
        } catch (NumberFormatException e) {
            // The number is too large; the exception below reports it.
        }
        throw new IllegalArgumentException("retry: expected a whole number of milliseconds");
    }
}
