package io.ssebridge.history;

/** A history was not read because too many readings wait already. The same question may be asked again later. */
public final class TooManyReadingsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooManyReadingsException(int waiting) {
        // Expected under load, so without the cost of a stack trace.
        super("%d readings of histories wait".formatted(waiting), null, false, false);
    }
}
