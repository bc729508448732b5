package io.ssebridge.history;

import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;

/**
 * An event of a channel as it was published.
 *
 * @param cursor the cursor directly after the event: with the channel it identifies the event
 * @param timeMillis when its leader received the event, in milliseconds since 1970
 * @param event the event
 */
public record PublishedEvent(Cursor.At cursor, long timeMillis, Event event) {}
