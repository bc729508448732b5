package io.ssebridge.bus;

import io.ssebridge.event.Event;
import org.jspecify.annotations.Nullable;

/**
 * An event that somebody wants to publish.
 *
 * @param event the event
 * @param key its idempotency key, if it has one: the same within five minutes is the same event
 */
public record Publication(Event event, @Nullable String key) {}
