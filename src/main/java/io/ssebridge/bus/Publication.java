package io.ssebridge.bus;

import io.ssebridge.event.Event;
import io.ssebridge.leader.PublishBudget;
import org.jspecify.annotations.Nullable;

/**
 * An event to publish.
 *
 * @param event the event
 * @param key the idempotency key, or null. Events with the same key within five minutes are one event
 */
public record Publication(Event event, @Nullable String key) {
    /** Returns the memory that the event takes while it is published, in bytes. */
    public long bytes() {
        return PublishBudget.bytes(event);
    }

    /** Returns the same event as part of another trace. */
    Publication traced(String traceparent) {
        return new Publication(event.withTraceparent(traceparent), key);
    }
}
