package io.ssebridge.config;

import org.jspecify.annotations.Nullable;

/**
 * The configuration is wrong. The message is one line for the operator, without control characters and without secrets:
 * the key's path, what was found, what was expected, and where it was written.
 */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Takes the message; its control characters are escaped.
     *
     * @param message for example {@code http.port: "eighty" (expected: a whole number from 0 to 65535) in bridge.yaml:3}
     */
    public ConfigException(String message) {
        this(message, null);
    }

    /**
     * Takes the message; its control characters are escaped.
     *
     * @param message what to mend
     * @param cause what brought it to light, or null
     */
    public ConfigException(String message, @Nullable Throwable cause) {
        super(OneLine.of(message), cause);
    }
}
