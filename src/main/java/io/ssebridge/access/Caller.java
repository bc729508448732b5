package io.ssebridge.access;

import java.util.Optional;

/**
 * The party that sends a request.
 *
 * @param grant the subject and its rights; empty: the caller is anonymous and may use public channels only
 */
public record Caller(Optional<Grant> grant) {
    /** A caller without a subject. */
    public static final Caller ANONYMOUS = new Caller(Optional.empty());

    /**
     * Returns the caller with these rights.
     *
     * @param grant its subject and rights
     */
    public static Caller of(Grant grant) {
        return new Caller(Optional.of(grant));
    }
}
