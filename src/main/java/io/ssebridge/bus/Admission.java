package io.ssebridge.bus;

import java.time.Duration;

/** Whether a client may open a stream of some channels. */
public sealed interface Admission {
    /** It may. */
    record Admitted() implements Admission {}

    /**
     * It may not for now.
     *
     * @param reason the limit that it has reached
     * @param retryAfter after how long it may come again
     */
    record Refused(String reason, Duration retryAfter) implements Admission {}
}
