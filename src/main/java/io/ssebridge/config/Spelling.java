package io.ssebridge.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Compares spellings of names. */
public final class Spelling {
    private static final int MOST_SLIPS = 2;

    private Spelling() {}

    /**
     * Finds the known name that a misspelt one probably means.
     *
     * @param misspelt the unknown name
     * @param known the names to choose from
     * @return empty if none is near
     */
    public static Optional<String> nearest(String misspelt, Collection<String> known) {
        return known.stream()
                .filter(key -> slips(misspelt, key) <= Math.min(MOST_SLIPS, key.length() / 2))
                .min(Comparator.comparing(key -> slips(misspelt, key)));
    }

    /** Counts Levenshtein's edits, without regard to case and to the separators of snake_case and kebab-case. */
    private static int slips(String one, String two) {
        String a = bare(one);
        String b = bare(two);
        if (Math.abs(a.length() - b.length()) > MOST_SLIPS) {
            // Clients may send names of many thousand letters.
            return Integer.MAX_VALUE;
        }
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

    /**
     * Reduces a name to what remains of it in every spelling.
     *
     * @param name in camelCase, snake_case or kebab-case
     * @return its letters in lower case
     */
    public static String bare(String name) {
        return name.replaceAll("[_-]", "").toLowerCase(Locale.ROOT);
    }
}
