package io.ssebridge.access;

import java.util.function.Function;
import java.util.function.Supplier;

/** The result of a {@link TokenVerifier} for a token. */
public sealed interface Verdict {
    /**
     * The token is valid.
     *
     * @param grant the rights that the token gives
     */
    record Accepted(Grant grant) implements Verdict {}

    /**
     * The token is invalid. The request is refused, not treated as anonymous.
     *
     * @param reason the fault, which may be shown to the client. It never contains the token or unverified content
     */
    record Refused(String reason) implements Verdict {}

    /** The token was not checked, because too many other tokens wait. It may be valid, and the client may retry. */
    record Postponed() implements Verdict {}

    /** The token was not checked, because this node has not got the keys of its issuer yet. The client may retry. */
    record Keyless() implements Verdict {}

    /**
     * Calls the function for the actual outcome.
     *
     * @param accepted called with the grant
     * @param refused called with the reason
     * @param postponed called if too many tokens wait
     * @param keyless called if there are no keys yet
     * @param <T> the type of the result
     */
    default <T> T fold(
            Function<Grant, T> accepted, Function<String, T> refused, Supplier<T> postponed, Supplier<T> keyless) {
        if (this instanceof Accepted good) {
            return accepted.apply(good.grant());
        }
        if (this instanceof Refused bad) {
            return refused.apply(bad.reason());
        }
        return this instanceof Postponed ? postponed.get() : keyless.get();
    }
}
