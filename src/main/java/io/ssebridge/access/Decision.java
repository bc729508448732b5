package io.ssebridge.access;

import java.util.function.Function;
import java.util.function.Supplier;

/** What {@link Access} says of a wish. */
public sealed interface Decision {
    /** Go ahead. */
    record Allowed() implements Decision {}

    /** Not without a token; with one, the answer may be another. */
    record TokenNeeded() implements Decision {}

    /**
     * Neither with this token nor without one.
     *
     * @param reason why, fit to be shown to the client
     */
    record Forbidden(String reason) implements Decision {}

    /**
     * Goes on from each outcome.
     *
     * @param allowed what to do then
     * @param tokenNeeded what to do for want of a token
     * @param forbidden what to do with the reason
     * @param <T> what comes out
     */
    default <T> T fold(Supplier<T> allowed, Supplier<T> tokenNeeded, Function<String, T> forbidden) {
        if (this instanceof Forbidden no) {
            return forbidden.apply(no.reason());
        }
        return this instanceof Allowed ? allowed.get() : tokenNeeded.get();
    }
}
