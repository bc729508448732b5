package io.ssebridge.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Paths of keys: joining them, their names as environment variables, and corrections of misspelt keys. */
final class Keys {
    private static final int MOST_SLIPS = 2;

    private Keys() {}

    static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    /**
     * Returns the environment variable of a key: {@code SSE_AUTH_ACCESS_TOKEN_PARAMETER} for {@code
     * auth.accessTokenParameter}.
     */
    static String environmentVariable(String path) {
        return "SSE_"
                + path.replaceAll("([a-z])([A-Z])", "$1_$2").replace('.', '_').toUpperCase(Locale.ROOT);
    }

    /** Finds the known key that is most similar to a misspelt one. */
    static Optional<String> nearest(String misspelt, Collection<String> known) {
        return known.stream()
                .filter(key -> slips(misspelt, key) <= Math.min(MOST_SLIPS, key.length() / 2))
                .min(Comparator.comparing(key -> slips(misspelt, key)));
    }

    /** Returns Levenshtein's distance. It ignores case and the separators of snake_case and kebab-case. */
    private static int slips(String one, String two) {
        String a = bare(one);
        String b = bare(two);
        int[] above = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
            }
            above = row;
        }
        return above[b.length()];
    }

    private static String bare(String key) {
        return key.replaceAll("[_-]", "").toLowerCase(Locale.ROOT);
    }
}
