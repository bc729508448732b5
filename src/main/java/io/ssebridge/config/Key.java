package io.ssebridge.config;

/**
 * A key, with what the reference says about it. It stands where the key is read.
 *
 * @param name its name in its section
 * @param type the type of its values in a few words; empty: the method that reads it says the type
 * @param range the bounds of its values; empty: none
 * @param fallback in words, what counts if it is missing; empty: the method that reads it knows a value, or nothing counts
 * @param isLive whether a running node takes another value
 * @param sentence its effect in one plain sentence, as Markdown
 */
public record Key(String name, String type, String range, String fallback, boolean isLive, String sentence) {
    /**
     * Describes a key. Its value counts until the node stops.
     *
     * @param name as above
     * @param sentence as above
     */
    public static Key of(String name, String sentence) {
        return of(name, "", sentence);
    }

    /**
     * Describes a key with a special type, such as {@code port}, or the unit of a number, such as {@code streams}.
     *
     * @param name as above
     * @param type as above
     * @param sentence as above
     */
    public static Key of(String name, String type, String sentence) {
        return new Key(name, type, "", "", false, sentence);
    }

    /**
     * Describes a key. Its value can change while the node runs.
     *
     * @param name as above
     * @param sentence as above
     */
    public static Key live(String name, String sentence) {
        return live(name, "", sentence);
    }

    /**
     * Describes such a key with a special type, as above.
     *
     * @param name as above
     * @param type as above
     * @param sentence as above
     */
    public static Key live(String name, String type, String sentence) {
        return new Key(name, type, "", "", true, sentence);
    }

    /**
     * Returns the same key with other words for its default.
     *
     * @param words as Markdown
     */
    public Key byDefault(String words) {
        return new Key(name, type, range, words, isLive, sentence);
    }

    Key within(String bounds) {
        return new Key(name, type, bounds, fallback, isLive, sentence);
    }
}
