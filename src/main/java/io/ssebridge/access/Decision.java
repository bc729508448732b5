package io.ssebridge.access;

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
}
