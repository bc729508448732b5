package io.ssebridge.hub;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The point where a client wants its stream to begin. Without any of the values, the stream begins with the next event.
 *
 * @param lastEventId the id of the last event that the client received: takes precedence over the others
 * @param last the number of newest events to begin with: takes precedence over {@code sinceMillis}
 * @param sinceMillis the time of the first event, in milliseconds since 1970
 */
public record StartPoint(Optional<String> lastEventId, OptionalInt last, OptionalLong sinceMillis) {}
