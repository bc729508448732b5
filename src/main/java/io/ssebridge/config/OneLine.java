package io.ssebridge.config;

/**
 * Makes texts from outside safe for a message of one line: they can neither end the line nor move the cursor of a
 * terminal.
 */
public final class OneLine {
    private static final int LONGEST_QUOTE = 80;

    private OneLine() {}

    /**
     * Escapes a text: every control, format and line-separating character is written as <code>&#92;u</code> and hex
     * digits.
     *
     * @param text any text
     */
    public static String of(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints().forEach(c -> {
            if (isHarmless(c)) {
                line.appendCodePoint(c);
            } else {
                line.append("\\u%04X".formatted(c));
            }
        });
        return line.toString();
    }

    /**
     * Quotes a text: in quotation marks, on one line, and shortened if it is long.
     *
     * @param text any text
     */
    public static String quote(String text) {
        String shown = text.length() <= LONGEST_QUOTE ? text : text.substring(0, LONGEST_QUOTE) + "...";
        return '"' + of(shown) + '"';
    }

    private static boolean isHarmless(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }
}
