package io.ssebridge.access;

/**
 * Ends the reading of a token at its first fault. It becomes a {@link Verdict.Refused} and never leaves the package.
 */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    Refusal(String reason) {
        // Without a stack trace: a flood of invalid tokens must not cost this node a stack trace for each token.
        super(reason, null, false, false);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
