package io.ssebridge.channel;

import io.ssebridge.encoding.Utf8;
import java.util.ArrayList;
import java.util.List;

/** The common form of names and patterns: texts of segments that are separated by dots. */
final class Segments {
    private Segments() {}

    /**
     * Refuses empty segments, control characters and characters that UTF-8 cannot encode. The message begins with
     * {@code what}.
     */
    static void check(String what, String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException(what + ": is empty (expected: segments separated by dots)");
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isISOControl(c)) {
                throw new IllegalArgumentException("%s: has the control character U+%04X".formatted(what, (int) c));
            }
        }
        if (!Utf8.canEncode(text)) {
            throw new IllegalArgumentException(what + ": has half of a surrogate pair");
        }
        if (text.startsWith(".") || text.endsWith(".") || text.contains("..")) {
            throw new IllegalArgumentException(
                    "%s \"%s\": has an empty segment (expected: no dot at the ends, no two in a row)"
                            .formatted(what, text));
        }
    }

    static boolean isPatternSyntax(char c) {
        return c == '*' || c == '{' || c == '}';
    }

    static boolean isSegment(String text) {
        return !text.isEmpty()
                && text.chars().noneMatch(c -> c == '.' || isPatternSyntax((char) c) || Character.isISOControl(c))
                && Utf8.canEncode(text);
    }

    static List<String> split(String text) {
        List<String> segments = new ArrayList<>();
        int start = 0;
        for (int dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', start)) {
            segments.add(text.substring(start, dot));
            start = dot + 1;
        }
        segments.add(text.substring(start));
        return List.copyOf(segments);
    }
}
