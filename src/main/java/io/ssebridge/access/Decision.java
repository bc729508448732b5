package io.ssebridge.access;

import java.util.function.Function;
import java.util.function.Supplier;

/** The answer of {@link Access} to a request. */
public sealed interface Decision {
    /** The caller may do it. */
    record Allowed() implements Decision {}

    /** The caller has no token. With a token the answer may be different. */
    record TokenNeeded() implements Decision {}

    /**
     * The caller may not do it, neither with this token nor without a token.
     *
     * @param reason the reason, which may be shown to the client
     */
    record Forbidden(String reason) implements Decision {}

    /**
     * Calls the function for the actual outcome.
     *
     * @param allowed called if the caller may do it
     * @param tokenNeeded called if a token is needed
     * @param forbidden called with the reason if the caller may not do it
     * @param <T> the type of the result
     */
    default <T> T fold(Supplier<T> allowed, Supplier<T> tokenNeeded, Function<String, T> forbidden) {
        if (this instanceof Forbidden no) {
            return forbidden.apply(no.reason());
        }
        return this instanceof Allowed ? allowed.get() : tokenNeeded.get();
    }
}
