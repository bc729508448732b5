package io.ssebridge.event;

import io.ssebridge.encoding.Utf8;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One thing said in a channel. Immutable.
 *
 * @param name the <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation">
 *     event type</a>; null: {@code message}
 * @param data the text that the browser receives
 * @param retry the <a
 *     href="https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-reconnection-time">
 *     reconnection time</a> that the browser must use from now on; null: as before
 * @param attributes what else the event has
 */
public record Event(
        @Nullable String name, String data, @Nullable Duration retry, EventAttributes attributes) {
    /** The longest reconnection time that an event may set. */
    public static final Duration MAX_RETRY = Duration.ofDays(1);

    /** The name for browsers of an event without a name. */
    public static final String DEFAULT_NAME = "message";

    /**
     * The prefix of the names of the bridge's own control events. Publishers must not use it, in lower or upper case.
     */
    public static final String CONTROL_PREFIX = "stream-";

    /**
     * Checks that a frame can carry the event.
     *
     * @throws IllegalArgumentException if the name is empty or has control characters; if a text is not valid Unicode;
     *     or if the reconnection time is out of bounds
     */
    public Event {
        if (name != null) {
            checkName(name);
        }
        if (!Utf8.canEncode(data)) {
            throw new IllegalArgumentException(
                    "data: has half of a surrogate pair (expected: text that UTF-8 can carry)");
        }
        if (retry != null && (retry.isNegative() || retry.compareTo(MAX_RETRY) > 0)) {
            throw new IllegalArgumentException(
                    "retry: %d ms (expected: 0 to %d)".formatted(retry.toMillis(), MAX_RETRY.toMillis()));
        }
    }

    /**
     * Makes an event of text for every reader.
     *
     * @param name its name, or null
     * @param data its text
     * @param retry its reconnection time, or null
     * @throws IllegalArgumentException as the canonical constructor
     */
    public Event(@Nullable String name, String data, @Nullable Duration retry) {
        this(name, data, retry, EventAttributes.NONE);
    }

    /**
     * Makes an event of text from a publisher. It must not look like a control event of the bridge.
     *
     * @param name its name; null or empty: it has none
     * @param data its text; CR and CRLF become LF, as the standard dictates
     * @param retry its reconnection time, or null
     * @throws IllegalArgumentException if the name is reserved, or becomes a reserved name when it is trimmed; or if
     *     the constructor refuses a value
     */
    public static Event published(@Nullable String name, String data, @Nullable Duration retry) {
        return published(name, data, retry, false);
    }

    /**
     * Makes an event of JSON from a publisher, as {@link #published} makes one of text.
     *
     * @param name its name; null or empty: it has none
     * @param json valid JSON
     * @param retry its reconnection time, or null
     * @throws IllegalArgumentException as {@link #published}
     */
    public static Event publishedJson(@Nullable String name, String json, @Nullable Duration retry) {
        return published(name, json, retry, true);
    }

    private static Event published(@Nullable String name, String data, @Nullable Duration retry, boolean isJson) {
        String type = name == null || name.isEmpty() ? null : name;
        Event event = new Event(type, withLineFeeds(data), retry, EventAttributes.of(false, isJson, null, null, null));
        if (type != null) {
            checkPublished(type);
        }
        return event;
    }

    /**
     * Makes an event of text or of JSON.
     *
     * @param name its name; null or empty: it has none
     * @param data a text, which stays as it is, or a value that becomes JSON
     * @throws IllegalArgumentException as {@link #published}
     */
    public static Event of(@Nullable String name, Object data) {
        return data instanceof String text ? published(name, text, null) : publishedJson(name, Json.encode(data), null);
    }

    /** Ends all lines as an event stream delivers them, so that an event has one text everywhere. */
    private static String withLineFeeds(String data) {
        return data.indexOf('\r') < 0 ? data : data.replace("\r\n", "\n").replace('\r', '\n');
    }

    static void checkPublished(String name) {
        // Clients trim names in different ways. A trimmed name must not become the name of a control event.
        if (isReserved(SurroundingSpace.trim(name))) {
            throw new IllegalArgumentException(
                    "event: \"%s\" is reserved (expected: not open, error or stream-*)".formatted(printable(name)));
        }
    }

    // An EventSource fires "open" and "error" by itself, in exactly this spelling. The names of our control events are
    // reserved in upper case too, because some clients ignore case.
    private static boolean isReserved(String name) {
        return name.equals("open")
                || name.equals("error")
                || name.regionMatches(true, 0, CONTROL_PREFIX, 0, CONTROL_PREFIX.length());
    }

    /**
     * Returns this event with another reconnection time.
     *
     * @param other the time; null: none
     */
    public Event withRetry(@Nullable Duration other) {
        return Objects.equals(retry, other) ? this : new Event(name, data, other, attributes);
    }

    /**
     * Returns this event as the last one of its channel. Subscribers get it, then {@code stream-end}. Until the channel's
     * history has expired, nobody can publish on the channel.
     */
    public Event ending() {
        return new Event(name, data, retry, attributes.ending());
    }

    /**
     * Returns this event for other readers.
     *
     * @param other selects the readers that get the event; null: every reader gets it
     */
    public Event withSelector(@Nullable Selector other) {
        return new Event(name, data, retry, attributes.withSelector(other));
    }

    /**
     * Returns this event as part of a trace.
     *
     * @param other a <a href="https://www.w3.org/TR/trace-context/#traceparent-header">traceparent</a>; null: no trace
     * @throws IllegalArgumentException if it is not valid
     */
    public Event withTraceparent(@Nullable String other) {
        return Objects.equals(attributes.traceparent(), other)
                ? this
                : new Event(name, data, retry, attributes.withTraceparent(other));
    }

    /**
     * Returns this event with other data.
     *
     * @param other its data; line ends become LF, as those of published data
     * @param isJson whether the data is JSON
     * @throws IllegalArgumentException if the text is not valid Unicode
     */
    public Event withData(String other, boolean isJson) {
        return new Event(name, withLineFeeds(other), retry, attributes.withJson(isJson));
    }

    /** Tells whether the data was published as JSON: then the text is JSON. */
    public boolean isJson() {
        return attributes.isJson();
    }

    /** Returns the verified subject of the publisher; null: it is not known. */
    public @Nullable String from() {
        return attributes.from();
    }

    /** Returns the media type of the data, as CloudEvents name it. */
    public String contentType() {
        return isJson() ? "application/json" : "text/plain";
    }

    /** Returns the selector of the readers that get the event; null: every reader gets it. */
    public @Nullable Selector selector() {
        return attributes.selector();
    }

    /** Returns the name, or the name that an event without one has for browsers. */
    public String type() {
        return name == null ? DEFAULT_NAME : name;
    }

    /** Returns the size that limits refer to: the bytes of UTF-8 of the text and of the name. */
    public int bytes() {
        return utf8Length(data) + (name == null ? 0 : utf8Length(name));
    }

    static void checkName(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("event: is empty (expected: a name, or none at all)");
        }
        // CR or LF would end the line, and the rest of the name could forge a field (#parsing-an-event-stream).
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "event: \"%s\" (expected: no control characters)".formatted(printable(name)));
        }
        if (!Utf8.canEncode(name)) {
            throw new IllegalArgumentException("event: has half of a surrogate pair");
        }
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
