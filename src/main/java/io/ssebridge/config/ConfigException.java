package io.ssebridge.config;

import org.jspecify.annotations.Nullable;

/**
 * Thrown when the configuration is wrong. The message is one line for the operator, without control characters and
 * without secrets. It contains the key's path, the value that was found, the value that was expected, and the place
 * where the value was written.
 */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The path of the key that is wrong; empty if no single key is wrong. */
    private final String path;
    // Whether several keys, each right by itself, contradict each other.
    private final boolean contradiction;

    /**
     * Creates an exception. Control characters of the message are escaped.
     *
     * @param message for example {@code http.port: "eighty" (expected: a whole number from 0 to 65535) in bridge.yaml:3}
     */
    public ConfigException(String message) {
        this(message, null);
    }

    /**
     * Creates an exception with a cause. Control characters of the message are escaped.
     *
     * @param message the problem, and what to write instead
     * @param cause the exception that revealed the problem, or null
     */
    public ConfigException(String message, @Nullable Throwable cause) {
        this("", message, cause);
    }

    ConfigException(String path, String message, @Nullable Throwable cause) {
        this(path, message, cause, false);
    }

    private ConfigException(String path, String message, @Nullable Throwable cause, boolean contradiction) {
        super(OneLine.of(message), cause);
        this.path = path;
        this.contradiction = contradiction;
    }

    String path() {
        return path;
    }

    /** Returns this exception for keys that are valid alone but contradict each other. */
    ConfigException ofContradiction() {
        return new ConfigException(path, String.valueOf(getMessage()), getCause(), true);
    }

    boolean isContradiction() {
        return contradiction;
    }
}
