package io.ssebridge.event;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One thing said in a channel. Immutable.
 *
 * @param name the <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation">
 *     event type</a>; null: {@code message}
 * @param data the text that the browser gets
 * @param retry the <a
 *     href="https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-reconnection-time">
 *     reconnection time</a> that the browser shall keep to from now on; null: as before
 */
public record Event(
        @Nullable String name, String data, @Nullable Duration retry) {
    /** The longest reconnection time that an event may set. */
    public static final Duration MAX_RETRY = Duration.ofDays(1);

    /** How the names of the bridge's own control events begin; no publisher may use them, in upper case neither. */
    public static final String CONTROL_PREFIX = "stream-";

    /**
     * Checks what a frame could not carry.
     *
     * @throws IllegalArgumentException if the name is empty or has control characters, a text is not Unicode, or the
     *     reconnection time is out of bounds
     */
    public Event {
        if (name != null) {
            checkName(name);
        }
        if (!isUnicode(data)) {
            throw new IllegalArgumentException(
                    "data: has half of a surrogate pair (expected: text that UTF-8 can carry)");
        }
        if (retry != null && (retry.isNegative() || retry.compareTo(MAX_RETRY) > 0)) {
            throw new IllegalArgumentException(
                    "retry: %d ms (expected: 0 to %d)".formatted(retry.toMillis(), MAX_RETRY.toMillis()));
        }
    }

    /**
     * An event from outside, which must not pass for one of the bridge's own.
     *
     * @param name its name, or null
     * @param data its text
     * @param retry its reconnection time, or null
     * @throws IllegalArgumentException if the name is reserved, or could be made a reserved one by trimming; or anything is
     *     wrong as in the constructor
     */
    public static Event published(@Nullable String name, String data, @Nullable Duration retry) {
        Event event = new Event(name, data, retry);
        if (name != null) {
            checkPublished(name);
        }
        return event;
    }

    private static void checkPublished(String name) {
        // Clients that trim names, each in its own way, must not take one for ours.
        if (isReserved(SurroundingSpace.trim(name))) {
            throw new IllegalArgumentException(
                    "event: \"%s\" is reserved (expected: not open, error or stream-*)".formatted(printable(name)));
        }
    }

    // "open" and "error" are what an EventSource fires by itself, spelled like this. Ours are reserved in upper case
    // too:
    // some clients do not tell it from lower case.
    private static boolean isReserved(String name) {
        return name.equals("open")
                || name.equals("error")
                || name.regionMatches(true, 0, CONTROL_PREFIX, 0, CONTROL_PREFIX.length());
    }

    /** The same without a reconnection time. */
    public Event withoutRetry() {
        return retry == null ? this : new Event(name, data, null);
    }

    /** The size that limits speak of: bytes of UTF-8 of the text and of the name. */
    public int bytes() {
        return utf8Length(data) + (name == null ? 0 : utf8Length(name));
    }

    private static void checkName(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("event: is empty (expected: a name, or none at all)");
        }
        // CR or LF would end the line, and the rest of the name could forge a field (#parsing-an-event-stream).
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "event: \"%s\" (expected: no control characters)".formatted(printable(name)));
        }
        if (!isUnicode(name)) {
            throw new IllegalArgumentException("event: has half of a surrogate pair");
        }
    }

    private static boolean isUnicode(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static int utf8Length(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static String printable(String text) {
        StringBuilder out = new StringBuilder();
        text.chars().limit(64).forEach(c -> {
            if (Character.isISOControl(c)) {
                out.append("\\u%04x".formatted(c));
            } else {
                out.append((char) c);
            }
        });
        return out.toString();
    }
}
