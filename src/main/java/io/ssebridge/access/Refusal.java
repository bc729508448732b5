package io.ssebridge.access;

/** Ends the reading of a token at its first fault; becomes a {@link Verdict.Refused} and never leaves the package. */
final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    Refusal(String reason) {
        // No stack trace: whoever floods us with bad tokens shall not have us walk the stack for each.
        super(reason, null, false, false);
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
