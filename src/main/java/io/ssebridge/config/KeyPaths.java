package io.ssebridge.config;

import java.util.Locale;

/** Joins and shortens the paths of keys, and returns their names as environment variables. */
final class KeyPaths {
    private KeyPaths() {}

    static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /** Returns the path of the section or list that has the key; empty: the outermost section. */
    static String enclosing(String path) {
        return path.substring(0, Math.max(Math.max(path.lastIndexOf('.'), path.lastIndexOf('[')), 0));
    }

    /**
     * Returns the environment variable of a key: {@code SSE_AUTH_ACCESS_TOKEN_PARAMETER} for {@code
     * auth.accessTokenParameter}.
     */
    static String environmentVariable(String path) {
        return "SSE_"
                + path.replaceAll("([a-z])([A-Z])", "$1_$2").replace('.', '_').toUpperCase(Locale.ROOT);
    }
}
