package io.ssebridge.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events that are hard to frame, each with the result in a browser. For the encoder, and for all other code that carries events from
 * a publisher to a browser.
 */
public final class FramingCases {
    private static final int LARGE = 200 * 1024;

    private final List<Case> cases = new ArrayList<>();

    private FramingCases() {}

    /**
     * One event and its result in a browser.
     *
     * @param label for the test report
     * @param name the event's name, or null
     * @param data the published text
     * @param retry its reconnection time, or null
     * @param expectedType the type that a browser dispatches
     * @param expectedData the data that a browser dispatches
     */
    public record Case(
            String label,
            @Nullable String name,
            String data,
            @Nullable Duration retry,
            String expectedType,
            String expectedData) {
        @Override
        public String toString() {
            return label;
        }
    }

    /** All cases. */
    public static List<Case> all() {
        FramingCases all = new FramingCases();
        all.emptyLines();
        all.lineEnds();
        all.characters();
        all.startsOfLines();
        all.forgedFields();
        all.names();
        all.retries();
        all.sizes();
        return List.copyOf(all.cases);
    }

    private void emptyLines() {
        same("empty", "");
        same("one line feed", "\n");
        same("three line feeds", "\n\n\n");
        same("a trailing empty line", "a\n");
        same("trailing empty lines", "a\n\n\n");
        same("a leading empty line", "\na");
        same("leading empty lines", "\n\n\na");
        same("an empty line within", "a\n\nb");
        same("a space", " ");
        same("lines of one space each", " \n \n ");
    }

    private void lineEnds() {
        same("one line", "hello");
        same("two lines", "a\nb");
        becomes("CR", "a\rb", "a\nb");
        becomes("CRLF", "a\r\nb", "a\nb");
        becomes("LF CR", "a\n\rb", "a\n\nb");
        becomes("CR CR", "a\r\rb", "a\n\nb");
        becomes("CR CRLF", "a\r\r\nb", "a\n\nb");
        becomes("CRLF CRLF", "a\r\n\r\nb", "a\n\nb");
        becomes("all of them", "a\rb\nc\r\nd", "a\nb\nc\nd");
        becomes("a trailing CR", "a\r", "a\n");
        becomes("a trailing CRLF", "a\r\n", "a\n");
        becomes("a leading CR", "\ra", "\na");
        becomes("a leading CRLF", "\r\na", "\na");
        becomes("only CR", "\r", "\n");
        becomes("only CRLF", "\r\n", "\n");
        becomes("only line ends", "\r\n\r\r\n\n", "\n\n\n\n");
    }

    private void characters() {
        same("two bytes each", "\u00E9\u00DF\u0416");
        same("three bytes each", "\u20AC\u65E5\u672C");
        same("an emoji", "\uD83C\uDFCF");
        same("a family by ZWJ", "\uD83D\uDC69\u200D\uD83D\uDC69\u200D\uD83D\uDC67");
        same("a flag and a skin tone", "\uD83C\uDDEA\uD83C\uDDFA\uD83D\uDC4D\uD83C\uDFFD");
        same("combining marks", "e\u0301 a\u0308\u0323");
        same("right to left", "\u05E9\u05DC\u05D5\u05DD \u0645\u0631\u062D\u0628\u0627");
        same("direction marks", "\u202Eabc\u202C\u2066def\u2069");
        same("NEL is not a line end", "a\u0085b");
        same("LINE SEPARATOR is not a line end", "a\u2028b");
        same("PARAGRAPH SEPARATOR is not a line end", "a\u2029b");
        same("VT and FF are no line ends", "a\u000Bb\u000Cc");
        same("NUL", "a\0b");
        same("only NUL", "\0");
        same("control characters", "\u0001\u001B[31m\u007F");
        same("U+FEFF at the start", "\uFEFFa");
        same("U+FEFF within", "a\uFEFFb\n\uFEFFc");
        same("only U+FEFF", "\uFEFF");
        same("U+FFFD and noncharacters", "\uFFFD\uFFFE\uFFFF");
        same("the last code point", "\uDBFF\uDFFF");
    }

    private void startsOfLines() {
        same("a leading space", " a");
        same("two leading spaces", "  a");
        same("a leading tab", "\ta");
        same("space and tab", " \ta");
        same("a no-break space", "\u00A0a");
        same("spaces at all lines", " a\n  b\n   c");
        same("trailing spaces", "a  \nb\t");
        same("a leading colon", ":a");
        same("only a colon", ":");
        same("space and colon", " : a");
    }

    private void forgedFields() {
        same("a line like id", "a\nid: 5");
        same("a line like event", "a\nevent: x");
        same("a line like data", "data: x");
        same("a line like retry", "a\nretry: 1");
        same("a line like a comment", "a\n:comment");
        same("names of fields without colon", "id\nevent\nretry\ndata");
        same("a whole event within", "a\n\nevent: forged\ndata: x\nid: 9\n\nb");
        becomes("an id after CR", "a\rid: 5", "a\nid: 5");
        becomes("a whole event after CR", "a\r\revent: forged\rdata: x\r\r", "a\n\nevent: forged\ndata: x\n\n");
        becomes("a whole event after CRLF", "a\r\n\r\ndata: x\r\n\r\n", "a\n\ndata: x\n\n");
    }

    private void names() {
        named("goal");
        named("own goal");
        named(" leading space");
        named("trailing space ");
        named(":colon");
        named("data: x");
        named("message");
        named("id");
        named("\u0446\u0435\u043B\u044C \u26BD \uD83C\uDFC6");
        named("a\u2028b");
        named("\uFEFFname");
        cases.add(new Case("named, without data", "tick", "", null, "tick", ""));
        cases.add(new Case("named, with several lines", "tick", "a\r\n\rb\n", null, "tick", "a\n\nb\n"));
    }

    private void retries() {
        retried(Duration.ZERO);
        retried(Duration.ofMillis(1));
        retried(Duration.ofHours(24));
        cases.add(new Case("named, with a retry", "tick", "retry: 7", Duration.ofSeconds(2), "tick", "retry: 7"));
    }

    private void sizes() {
        same("200 KB in one line", "x".repeat(LARGE));
        same("200 KB in lines of one character", "x\n".repeat(LARGE / 2));
        same("200 KB of empty lines", "\n".repeat(LARGE));
        becomes("200 KB of CRLF", "\r\n".repeat(LARGE / 2), "\n".repeat(LARGE / 2));
        same("200 KB of emoji", "\uD83C\uDFCF".repeat(LARGE / 4));
        same("JSON", "{\"text\":\"a\\r\\n\\u2028\",\"n\":[1,2.5e3,null,true]}");
        same("JSON over several lines", "{\n  \"a\": 1,\n\n  \"b\": \": id: 1\"\n}\n");
    }

    private void same(String label, String data) {
        becomes(label, data, data);
    }

    private void becomes(String label, String data, String expected) {
        cases.add(new Case(label, null, data, null, "message", expected));
    }

    private void named(String name) {
        cases.add(new Case("the name \"" + name + "\"", name, "x", null, name, "x"));
    }

    private void retried(Duration retry) {
        cases.add(new Case("retry " + retry, null, "x", retry, "message", "x"));
    }
}
