package io.ssebridge;

import static java.util.regex.Pattern.CASE_INSENSITIVE;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Finds turns of English that a reader with another native language must read twice: in comments, in messages of the
 * product, in names of tests and in documents. A relative clause after its noun is fine in all of them.
 */
class PlainEnglishTest {
    private static final Map<String, Pattern> FORBIDDEN = forbidden();

    // The parts of a Java file in which quotes and slashes mean something else than in code.
    private static final Pattern JAVA = Pattern.compile(
            "(?s)\"{3}(.*?)(?<!\\\\)\"{3}|\"((?:[^\"\\\\\n]++|\\\\.)*+)\"|'(?:[^'\\\\]|\\\\[^\n]+?)'|//([^\n]*)|/[*](.*?)[*]/");

    private static final int BLOCK = 1;
    private static final int STRING = 2;
    private static final int LINE = 3;
    private static final int COMMENT = 4;

    private static final Pattern NO_PROSE_IN_COMMENTS = Pattern.compile(
            "\\{@(?:code|link|linkplain|value)\\s[^}]*\\}|<code>.*?</code>|(?s:<pre>.*?</pre>)|@param\\s+\\S+");
    private static final Pattern MARGIN = Pattern.compile("(?m)^\\s*[*]|(?<=[|]{2})[*]");
    private static final Pattern NO_PROSE_IN_DOCS =
            Pattern.compile("(?s:```.*?```)|`[^`\\n]*`|(?<=\\])\\([^)]*\\)|(?m:^ {4}\\S.*$)");
    private static final Pattern TEST_NAME = Pattern.compile("\\bvoid\\s+([a-z]\\w*_\\w*)\\(");

    private static Map<String, Pattern> forbidden() {
        Map<String, Pattern> all = new LinkedHashMap<>();
        all.put("a pronoun without a noun", words("whoever|whose|those\\s+who"));
        all.put("'who' as a noun", words("(?:for|to|of|from|by|with|than|like|is)\\s+who"));
        all.put(
                "a statement that begins with 'Who'",
                Pattern.compile("(?:^|[.:;|]|\\n\\n)[\\s*(#]*\\bWhom?\\b(?![^.|]*\\?)"));
        all.put("'behind' for 'after'", words("behind(?!\\s+(?:a|an|the|one|its)\\s+proxy)"));
        all.put(
                "'is no' for 'is not a'",
                words("(?<!\\bthere\\s{1,20})is\\s+(?:none|no(?!\\s+(?:longer|more\\s+than)))"));
        all.put("an archaic word", words("lest|shall|anew|outright|so\\s+many"));
        return all;
    }

    private static Pattern words(String words) {
        return Pattern.compile("\\b(?:" + words + ")\\b", CASE_INSENSITIVE);
    }

    @Test
    void comments_arePlain() throws IOException {
        List<String> findings = new ArrayList<>();
        for (Path file : files(Path.of("src"), ".java")) {
            String java = Files.readString(file);
            findings.addAll(find(file, java, comments(java)));
        }
        assertThat(findings).isEmpty();
    }

    @Test
    void messagesOfTheProduct_arePlain() throws IOException {
        List<String> findings = new ArrayList<>();
        for (Path file : files(Path.of("src/main"), ".java")) {
            String java = Files.readString(file);
            findings.addAll(find(file, java, only(java, BLOCK, STRING)));
        }
        assertThat(findings).isEmpty();
    }

    @Test
    void namesOfTests_arePlain() throws IOException {
        List<String> findings = new ArrayList<>();
        for (Path file : files(Path.of("src"), ".java")) {
            Matcher name = TEST_NAME.matcher(Files.readString(file));
            while (name.find()) {
                String sentence = sentence(name.group(1));
                if (Pattern.matches("(?:who|what)\\b.*", sentence)
                        || !find(file, sentence, sentence).isEmpty()) {
                    findings.add("%s: %s".formatted(file, name.group(1)));
                }
            }
        }
        assertThat(findings).isEmpty();
    }

    @Test
    void documents_arePlain() throws IOException {
        List<String> findings = new ArrayList<>();
        for (Path file : files(Path.of("src/docs"), ".md")) {
            String text = Files.readString(file);
            findings.addAll(find(file, text, without(NO_PROSE_IN_DOCS, text)));
        }
        assertThat(findings).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "int i; // Kept for\n // who is slow.",
                "/** Who is slow waits. */",
                "/**\n * Goes to whoever\n * asks. */",
                "/** Those who\n * read. */",
                "// A token whose owner is gone.",
                "// The event behind it.",
                "// A text that is\n// no number.",
                "// There is one; this is none.",
                "// Registers it anew.",
            })
    void aTurnThatIsNotPlain_isFound(String java) {
        assertThat(find(Path.of("X.java"), java, comments(java))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "// Returns null if there is no such key, or there\n// is none.",
                "// It is no longer valid.",
                "// A client behind a proxy, and all that wait for it.",
                "String s = \"whoever\"; // Text of a string is not a comment.",
                "String s = \"// whoever \\\" behind\"; char c = '\"'; String t = \"behind\";",
                "String s = \"\"\"\n/** whoever */\n\"\"\";",
                "// Who asks? The node itself.",
                "/** {@code behind} and <code>anew</code>.\n * @param behind the cursor after the page */",
                "int behind; // The cursor after it.",
            })
    void aPlainText_isNotFound(String java) {
        assertThat(find(Path.of("X.java"), java, comments(java))).isEmpty();
    }

    private static List<Path> files(Path directory, String ending) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
        }
    }

    /** Searches prose that has the length of its file, so that places in both are the same. */
    private static List<String> find(Path file, String text, String prose) {
        List<String> findings = new ArrayList<>();
        FORBIDDEN.forEach((rule, pattern) -> {
            Matcher found = pattern.matcher(prose);
            while (found.find()) {
                long line = text.substring(0, found.end()).lines().count();
                findings.add("%s:%d: %s: \"%s\"".formatted(file, line, rule, found.group()));
            }
        });
        return findings;
    }

    private static String comments(String java) {
        String prose = MARGIN.matcher(only(java, LINE, COMMENT))
                .replaceAll(margin -> " ".repeat(margin.end() - margin.start()));
        return without(NO_PROSE_IN_COMMENTS, prose);
    }

    /**
     * Keeps the text of some parts of a Java file. Code becomes bars, which separate sentences. White space stays, and
     * the slashes of a line become white space too, so that a comment of several lines is one text.
     */
    private static String only(String java, int... groups) {
        StringBuilder prose = new StringBuilder(java.replaceAll("\\S", "|"));
        JAVA.matcher(java).results().forEach(part -> {
            if (part.start(LINE) >= 0) {
                prose.replace(part.start(), part.start(LINE), "  ");
            }
            for (int group : groups) {
                if (part.start(group) >= 0) {
                    prose.replace(part.start(group), part.end(group), part.group(group));
                }
            }
        });
        return prose.toString();
    }

    private static String without(Pattern noProse, String text) {
        return noProse.matcher(text).replaceAll(part -> part.group().replaceAll("\\S", "~"));
    }

    private static String sentence(String testName) {
        return testName.replaceAll("(?=[A-Z])", " ").replace("_", ", ").toLowerCase(Locale.ROOT);
    }
}
