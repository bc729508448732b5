package io.ssebridge.event;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * Turns events into the lines of an <a
 * href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream">event stream</a>. What is
 * encoded once is shared by all subscribers: nobody may write to it.
 */
public final class EventEncoder {
    private EventEncoder() {}

    /**
     * A comment line, which clients skip. It has no empty line behind it: nine of the clients that people use would take
     * that for an event without data.
     */
    public static Buffer comment() {
        return Buffer.buffer(":\n");
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
     * The lines of an event before its id.
     *
     * @param event any event
     */
    public static byte[] body(Event event) {
        return lines(event).toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * The id line and the empty line. They come last: four popular clients take over an id at once, and would lose the
     * event if the connection were cut between the two.
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

    // A lone CR ends a line too (#parsing-an-event-stream): left in, a publisher could forge an event: or id: field.
    // The space behind the colon is always there, since a client takes one away: a text may begin with a space itself.
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
