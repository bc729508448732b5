package io.ssebridge.event;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/**
 * Turns events into frames: the bytes of an <a
 * href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream">event stream</a>.
 * A frame is encoded once and shared by all subscribers: nobody may write to it.
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
     * Encodes an event.
     *
     * @param event any event
     */
    public static Buffer encode(Event event) {
        StringBuilder frame = new StringBuilder(event.data().length() + 32);
        String name = event.name();
        if (name != null) {
            frame.append("event: ").append(name).append('\n');
        }
        if (event.retry() != null) {
            frame.append("retry: ").append(event.retry().toMillis()).append('\n');
        }
        appendData(frame, event.data());
        frame.append('\n');
        return Buffer.buffer(frame.toString().getBytes(StandardCharsets.UTF_8));
    }

    // A lone CR ends a line too (#parsing-an-event-stream): left in, a publisher could forge an event: or id: field.
    // The space behind the colon is always there, since a client takes one away: a text may begin with a space itself.
    private static void appendData(StringBuilder frame, String data) {
        frame.append("data: ");
        for (int i = 0; i < data.length(); i++) {
            char c = data.charAt(i);
            if (c == '\r' || c == '\n') {
                frame.append("\ndata: ");
                if (c == '\r' && i + 1 < data.length() && data.charAt(i + 1) == '\n') {
                    i++;
                }
            } else {
                frame.append(c);
            }
        }
        frame.append('\n');
    }
}
