package io.ssebridge.event;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * Turns events into the lines of an <a
 * href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream">event stream</a>. All
 * subscribers share the encoded bytes, so these must never be written to.
 */
public final class EventEncoder {
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

    private static StringBuilder lines(Event event) {
        StringBuilder lines = new StringBuilder(event.data().length() + 32);
        String name = event.name();
        if (name != null) {
            lines.append("event: ").append(name).append('\n');
        }
        if (event.retry() != null) {
            lines.append("retry: ").append(event.retry().toMillis()).append('\n');
        }
        appendData(lines, event.data());
        return lines;
    }

    // A lone CR ends a line too (#parsing-an-event-stream). If a text kept its CR, a publisher could forge an event: or
    // id: field. A space always follows the colon: clients remove one space, and a text may begin with a space itself.
    private static void appendData(StringBuilder lines, String data) {
        lines.append("data: ");
        for (int i = 0; i < data.length(); i++) {
            char c = data.charAt(i);
            if (c == '\r' || c == '\n') {
                lines.append("\ndata: ");
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
