package io.ssebridge.access;

import java.io.IOException;

/** A key set cannot be used. The message says why in one line, for the log. */
final class KeySetException extends IOException {
    private static final long serialVersionUID = 1L;

    KeySetException(String message) {
        super(message);
    }

    KeySetException(String message, Throwable cause) {
        super(message, cause);
    }
}
