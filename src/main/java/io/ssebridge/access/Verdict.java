package io.ssebridge.access;

import java.util.function.Function;
import java.util.function.Supplier;

/** What a {@link TokenVerifier} says of a token. */
public sealed interface Verdict {
    /**
     * The token is good.
     *
     * @param grant what it allows
     */
    record Accepted(Grant grant) implements Verdict {}

    /**
     * The token is not to be trusted, which is never the same as there being none.
     *
     * @param reason what is wrong, fit to be shown to the client: never the token or a part of what nobody signed
     */
    record Refused(String reason) implements Verdict {}

    /** The token was not looked at, since too many others wait to be checked: it may be good, and may come again. */
    record Postponed() implements Verdict {}

    /**
     * Goes on from any outcome.
     *
     * @param accepted what to do with the grant
     * @param refused what to do with the reason
     * @param postponed what to do when too many wait
     * @param <T> what comes out
     */
    default <T> T fold(Function<Grant, T> accepted, Function<String, T> refused, Supplier<T> postponed) {
        if (this instanceof Accepted good) {
            return accepted.apply(good.grant());
        }
        return this instanceof Refused bad ? refused.apply(bad.reason()) : postponed.get();
    }
}
