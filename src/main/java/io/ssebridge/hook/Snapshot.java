package io.ssebridge.hook;

import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import java.util.List;

/**
 * The state of a channel.
 *
 * @param at the cursor after which the events of the channel follow
 * @param events the state; may be empty
 */
public record Snapshot(Cursor at, List<Event> events) {
    /** Copies the events. */
    public Snapshot {
        events = List.copyOf(events);
    }
}
