package io.ssebridge.bus;

import java.time.Duration;

/** The answer to the question whether a client may open a stream of some channels. */
public sealed interface Admission {
    /** The client may open the stream. */
    Admission ADMITTED = new Admitted();

    /** The client may open the stream. */
    record Admitted() implements Admission {}

    /**
     * The client may not open the stream now.
     *
     * @param reason the limit that the client has reached
     * @param retryAfter the time after which the client may try again
     */
    record OverLimit(String reason, Duration retryAfter) implements Admission {}
}
