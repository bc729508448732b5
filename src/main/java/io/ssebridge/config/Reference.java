package io.ssebridge.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The keys of a configuration with their types, defaults and effects, as the code that reads them says it. */
public final class Reference {
    /** The first row of each table. Tables of a page with another first row are kept. */
    static final String HEADER = "| Key | Default | Type | Reload | Effect |";

    private static final String SEPARATOR = "| --- | --- | --- | --- | --- |";
    private static final String MARKDOWN_HEADING = "#";

    private final Node root = new Node();

    /** The key at a path, and the keys below it, in the order in which they are read first. */
    private static final class Node {
        private final Map<String, Node> children = new LinkedHashMap<>();
        private @Nullable ReferenceRow row;
    }

    private Reference() {}

    /**
     * Lets a reader ask for all its keys.
     *
     * @param reader makes the options of the outermost section
     * @param samples configurations in YAML; each key is asked for in one of them at least
     */
    public static Reference of(Function<Section, ?> reader, List<String> samples) {
        Reference reference = new Reference();
        for (String sample : samples) {
            Object unused = new Configuration("sample", sample, Overrides.NONE)
                    .read(reader, new ConfigReading(row -> reference.add(row)));
        }
        return reference;
    }

    private void add(ReferenceRow row) {
        Node node = root;
        for (String part : anyItem(row.path()).split("\\.", -1)) {
            node = node.children.computeIfAbsent(part, name -> new Node());
        }
        if (node.row == null) {
            node.row = row;
        }
    }

    private static String anyItem(String path) {
        return path.replaceAll("\\[[0-9]+]", "[]");
    }

    /** Returns the paths of all keys. {@code []} stands for each item of a list. */
    public List<String> keys() {
        return List.copyOf(rows().keySet());
    }

    /**
     * Returns whether a running node takes another value of a key.
     *
     * @param path the path of the key
     */
    public boolean isLive(String path) {
        ReferenceRow row = rows().get(path);
        return row != null && row.key().isLive();
    }

    private Map<String, ReferenceRow> rows() {
        Map<String, ReferenceRow> rows = new LinkedHashMap<>();
        root.children.forEach((name, node) -> collect(name, node, rows));
        return rows;
    }

    private static void collect(String path, Node node, Map<String, ReferenceRow> rows) {
        if (node.row != null) {
            rows.put(path, node.row);
        }
        node.children.forEach((name, child) -> collect(KeyPaths.join(path, name), child, rows));
    }

    /**
     * Writes the tables of keys in a page again. The heading before a table is the name of the section.
     *
     * @param page Markdown
     * @return the page with the tables of this reference
     */
    public String fill(String page) {
        List<String> lines = new ArrayList<>();
        String heading = "";
        boolean isOld = false;
        for (String line : page.split("\n", -1)) {
            if (line.startsWith(MARKDOWN_HEADING)) {
                heading = line.substring(line.lastIndexOf('#') + 1).strip();
            }
            isOld = line.equals(HEADER) || isOld && line.startsWith("|");
            if (line.equals(HEADER)) {
                lines.addAll(table(heading));
            } else if (!isOld) {
                lines.add(line);
            }
        }
        return String.join("\n", lines);
    }

    /** Returns the table of an outermost section, without a row if there is no such section. */
    private List<String> table(String section) {
        Map<String, ReferenceRow> rows = new LinkedHashMap<>();
        root.children.forEach((name, node) -> {
            if (name.equals(section) || name.equals(section + "[]")) {
                collect(name, node, rows);
            }
        });
        List<String> lines = new ArrayList<>(List.of(HEADER, SEPARATOR));
        rows.forEach((path, row) -> lines.add(row.markdown(path)));
        return lines;
    }
}
