package io.ssebridge.config;

import org.jspecify.annotations.Nullable;

/**
 * A key that was asked for, as a row of the reference.
 *
 * @param path the path of the key
 * @param key what is said about it
 * @param usualType its type, if the key itself does not say it
 * @param fallback the value that counts if it is missing; null: none
 */
record ReferenceRow(
        String path, Key key, String usualType, @Nullable String fallback) {
    String markdown(String shownPath) {
        return "| `%s` | %s | %s | %s | %s |"
                .formatted(shownPath, byDefault(), type(), key.isLive() ? "yes" : "no", key.sentence());
    }

    private String byDefault() {
        if (!key.fallback().isEmpty()) {
            return key.fallback();
        }
        return fallback == null ? "–" : "`%s`".formatted(fallback);
    }

    private String type() {
        String type = key.type().isEmpty() ? usualType : key.type();
        return key.range().isEmpty() ? type : "%s, %s".formatted(type, key.range());
    }
}
