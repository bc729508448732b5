package io.ssebridge.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of the documentation. Examples in fenced blocks count for {@link #example} only.
 *
 * @param file the file of the page
 * @param text the whole text
 */
public record MarkdownPage(Path file, String text) {
    private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```$");
    private static final Pattern LINK = Pattern.compile("(?:]\\(|(?:src|href)=\")(?![a-z]+:)([^)\"\\s]+)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+)$");
    private static final Pattern NOT_IN_ANCHORS = Pattern.compile("[^\\p{L}\\p{N} _-]");

    /** Reads a page. */
    public static MarkdownPage of(String file) throws IOException {
        return of(Path.of(file));
    }

    private static MarkdownPage of(Path file) throws IOException {
        return new MarkdownPage(file, Files.readString(file));
    }

    /** Reads all pages below a directory. */
    public static List<MarkdownPage> below(String directory) throws IOException {
        List<MarkdownPage> pages = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of(directory))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                pages.add(of(file));
            }
        }
        return pages;
    }

    /**
     * Returns the first fenced block of a language.
     *
     * @param language the language, such as {@code java}
     */
    public String example(String language) {
        return Pattern.compile("(?ms)^```" + language + "\n(.*?)^```$")
                .matcher(text)
                .results()
                .findFirst()
                .map(block -> block.group(1))
                .orElseThrow(() -> new AssertionError("no example in " + language + " in " + file));
    }

    /**
     * Returns the cells of all rows of the tables with a header.
     *
     * @param header the beginning of the header row, such as {@code | Key |}
     */
    public List<List<String>> rows(String header) {
        List<List<String>> rows = new ArrayList<>();
        boolean inside = false;
        for (String line : prose()) {
            if (line.startsWith(header)) {
                inside = true;
            } else if (!line.startsWith("|")) {
                inside = false;
            } else if (inside && !line.startsWith("| ---")) {
                rows.add(cells(line));
            }
        }
        return rows;
    }

    /** Returns the cells of all rows of all tables. */
    public List<String> cells() {
        return prose().stream()
                .filter(line -> line.startsWith("|"))
                .flatMap(line -> cells(line).stream())
                .toList();
    }

    private static List<String> cells(String row) {
        return Arrays.stream(row.substring(1).split("\\|")).map(String::strip).toList();
    }

    /** Returns the links to files and headings of this repository, as they are written. */
    public List<String> links() {
        return LINK.matcher(withoutExamples())
                .results()
                .map(link -> link.group(1))
                .toList();
    }

    /** Returns the anchors of the headings, as GitHub makes them. */
    public List<String> anchors() {
        Map<String, Integer> seen = new HashMap<>();
        return HEADING.matcher(withoutExamples())
                .results()
                .map(MarkdownPage::anchor)
                .map(anchor -> {
                    int before = seen.merge(anchor, 1, Integer::sum) - 1;
                    return before == 0 ? anchor : anchor + "-" + before;
                })
                .toList();
    }

    private static String anchor(MatchResult heading) {
        String words = heading.group(1).strip().toLowerCase(Locale.ROOT);
        return NOT_IN_ANCHORS.matcher(words).replaceAll("").replace(' ', '-');
    }

    private List<String> prose() {
        return withoutExamples().lines().toList();
    }

    private String withoutExamples() {
        return FENCED.matcher(text).replaceAll("");
    }
}
