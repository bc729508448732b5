package io.ssebridge.event;

/**
 * White space at the ends of a text, by every definition of white space that is in use. Any thread.
 *
 * <p>HTTP removes spaces and tabs around a header's value. Clients and proxies trim more, each by the rules of its
 * language. So two texts that differ only at their ends can be equal to some programs and different to others. For this
 * reason keys must not have such white space, and names are compared without it.
 */
public final class SurroundingSpace {
    private SurroundingSpace() {}

    /**
     * Tells whether a text begins or ends with a character that a program may trim.
     *
     * @param text any text
     */
    public static boolean isAround(String text) {
        return !text.isEmpty() && (isSpace(text.codePointAt(0)) || isSpace(text.codePointBefore(text.length())));
    }

    /**
     * Removes from both ends all characters that a program may trim.
     *
     * @param text any text
     */
    static String trim(String text) {
        int from = 0;
        int until = text.length();
        while (from < until && isSpace(text.codePointAt(from))) {
            from += Character.charCount(text.codePointAt(from));
        }
        while (until > from && isSpace(text.codePointBefore(until))) {
            until -= Character.charCount(text.codePointBefore(until));
        }
        return text.substring(from, until);
    }

    // isWhitespace does not include the no-break spaces. U+FEFF, which JavaScript trims, and the zero-width spaces have
    // the type FORMAT.
    private static boolean isSpace(int codePoint) {
        return Character.isWhitespace(codePoint)
                || Character.isSpaceChar(codePoint)
                || Character.getType(codePoint) == Character.FORMAT;
    }
}
