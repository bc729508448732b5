package io.ssebridge.event;

/**
 * White space at the ends of a text, in every meaning of the word that is in use. Any thread.
 *
 * <p>HTTP takes spaces and tabs away around a header's value; clients and proxies trim more, each in its own language's
 * way. Two texts that differ only there are one text to some and two to others. So keys have none, and names are compared
 * without it.
 */
public final class SurroundingSpace {
    private SurroundingSpace() {}

    /**
     * Tells whether a text begins or ends with something that somebody may trim.
     *
     * @param text any text
     */
    public static boolean isAround(String text) {
        return !text.isEmpty() && (isSpace(text.codePointAt(0)) || isSpace(text.codePointBefore(text.length())));
    }

    /**
     * Takes away at both ends what somebody may trim.
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

    // The no-break spaces are none to isWhitespace; U+FEFF, which JavaScript trims, and the zero-width ones are
    // formats.
    private static boolean isSpace(int codePoint) {
        return Character.isWhitespace(codePoint)
                || Character.isSpaceChar(codePoint)
                || Character.getType(codePoint) == Character.FORMAT;
    }
}
