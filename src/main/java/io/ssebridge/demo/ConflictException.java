package io.ssebridge.demo;

/** The demo cannot do this in its present state. The message is for the client. */
public final class ConflictException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ConflictException(String message) {
        super(message, null, false, false);
    }
}
