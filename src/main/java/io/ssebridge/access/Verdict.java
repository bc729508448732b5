package io.ssebridge.access;

import java.util.function.Function;

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

    /**
     * Goes on from either outcome.
     *
     * @param accepted what to do with the grant
     * @param refused what to do with the reason
     * @param <T> what comes out
     */
    default <T> T fold(Function<Grant, T> accepted, Function<String, T> refused) {
        return this instanceof Accepted good ? accepted.apply(good.grant()) : refused.apply(((Refused) this).reason());
    }
}
