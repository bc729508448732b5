package io.ssebridge.bus;

import io.ssebridge.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * An event to publish.
 *
 * @param event the event
 * @param key the idempotency key, or null. Events with the same key within five minutes are one event
 */
public record Publication(Event event, @Nullable String key) {}
