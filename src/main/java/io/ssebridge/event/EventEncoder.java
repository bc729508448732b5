package io.ssebridge.event;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Turns events into the lines of an <a
 * href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream">event stream</a>. All
 * subscribers share the encoded bytes, so these must never be written to.
 */
public final class EventEncoder {
    private static final String US_ASCII = StandardCharsets.US_ASCII.name();
    private static final String NAME = "event: ";
    private static final String RETRY = "retry: ";
    private static final String DATA = "data: ";

    private EventEncoder() {}

    /**
     * Returns a comment line, which clients skip. No empty line follows it: nine commonly used clients would take that
     * for an event without data. Its text is a space: RESTEasy drops the line after an empty comment.
     */
    public static Buffer comment() {
        return Buffer.buffer(": \n");
    }

    /**
     * Encodes an event without an id.
     *
     * @param event any event
     */
    public static Buffer encode(Event event) {
        return Buffer.buffer(lines(event).append('\n').toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Encodes an event with an id.
     *
     * @param event any event
     * @param id short and plain ASCII
     */
    public static Buffer encode(Event event, String id) {
        return Buffer.buffer().appendBytes(body(event)).appendBuffer(end(id));
    }

    /**
     * Encodes the lines of an event that come before its id.
     *
     * @param event any event
     */
    public static byte[] body(Event event) {
        return lines(event).toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Encodes the id line and the empty line. They come last: four popular clients store an id as soon as they read it.
     * If the id came first, and the connection broke before the data arrived, such a client would lose the event.
     *
     * @param id short and plain ASCII
     */
    public static Buffer end(String id) {
        return Buffer.buffer("id: " + id + "\n\n");
    }

    /**
     * Reads an event back from its lines. These contain neither the selectors of its readers nor its publisher.
     *
     * @param encoded the lines of the event, as this class encodes them, with or without an id
     * @param isJson whether its data is JSON, which the lines do not say
     */
    public static Event decode(Buffer encoded, boolean isJson) {
        String name = null;
        Duration retry = null;
        StringBuilder data = new StringBuilder(encoded.length());
        for (String line : encoded.toString(StandardCharsets.UTF_8).split("\n", -1)) {
            if (line.isEmpty()) {
                // The event ends here. The notice that its channel has ended may follow.
                break;
            }
            if (line.startsWith(DATA)) {
                data.append('\n').append(line, DATA.length(), line.length());
            } else if (line.startsWith(NAME)) {
                name = line.substring(NAME.length());
            } else if (line.startsWith(RETRY)) {
                retry = Duration.ofMillis(Long.parseLong(line.substring(RETRY.length())));
            }
        }
        // A line feed is before each line of the data.
        return new Event(name, data.substring(1), retry, EventAttributes.of(false, isJson, null, null, null));
    }

    /**
     * Reads the name of an event back from its lines.
     *
     * @param encoded the lines of one event, as this class encodes them, with or without an id
     * @return {@value Event#DEFAULT_NAME} for an event without a name
     */
    public static String type(Buffer encoded) {
        int begin = NAME.length();
        if (encoded.length() <= begin || !encoded.getString(0, begin, US_ASCII).equals(NAME)) {
            return Event.DEFAULT_NAME;
        }
        int end = begin;
        while (encoded.getByte(end) != '\n') {
            end++;
        }
        return encoded.getString(begin, end);
    }

    private static StringBuilder lines(Event event) {
        StringBuilder lines = new StringBuilder(event.data().length() + 32);
        String name = event.name();
        if (name != null) {
            lines.append(NAME).append(name).append('\n');
        }
        if (event.retry() != null) {
            lines.append(RETRY).append(event.retry().toMillis()).append('\n');
        }
        appendData(lines, event.data());
        return lines;
    }

    // A lone CR ends a line too (#parsing-an-event-stream). If a text kept its CR, a publisher could forge an event: or
    // id: field. A space always follows the colon: clients remove one space, and a text may begin with a space itself.
    private static void appendData(StringBuilder lines, String data) {
        lines.append(DATA);
        for (int i = 0; i < data.length(); i++) {
            char c = data.charAt(i);
            if (c == '\r' || c == '\n') {
                lines.append('\n').append(DATA);
                if (c == '\r' && i + 1 < data.length() && data.charAt(i + 1) == '\n') {
                    i++;
                }
            } else {
                lines.append(c);
            }
        }
        lines.append('\n');
    }
}
