package io.ssebridge.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * The value of a key, and the place where it was written. Errors about the shape never show the text, because it may be
 * a secret at the wrong key.
 *
 * @param node the value as a YAML node
 * @param source the file, environment variable or system property
 * @param line the line in the source, beginning with 1, or {@link #NO_LINE}
 */
record Value(Node node, String source, int line) {
    /** The line of an override: its source alone is enough to find it. */
    static final int NO_LINE = 0;

    /** Creates a value from a file. */
    static Value inFile(Node node, String file) {
        return new Value(node, file, lineOf(node));
    }

    private static int lineOf(Node node) {
        return node.getStartMark().getLine() + 1;
    }

    String where() {
        return line == NO_LINE ? source : source + ":" + line;
    }

    boolean isText() {
        return node instanceof ScalarNode;
    }

    boolean isMapping() {
        return node instanceof MappingNode;
    }

    /** Returns whether the value is empty, or is YAML's word for null. */
    boolean isBlank() {
        return node instanceof ScalarNode scalar
                && (scalar.getValue().isEmpty() || scalar.getTag().equals(Tag.NULL));
    }

    /** Returns the text of a scalar, which is never empty. */
    String text(String path) {
        if (!(node instanceof ScalarNode scalar)) {
            throw refuse(path, shape() + " (expected: a text)");
        }
        if (isBlank()) {
            throw refuse(path, "empty (expected: a text)");
        }
        return scalar.getValue();
    }

    /** Returns the list that an override contains as JSON in its text. Any other value is returned unchanged. */
    Value asList() {
        if (line != NO_LINE
                || !(node instanceof ScalarNode scalar)
                || !scalar.getValue().startsWith("[")) {
            return this;
        }
        Node list = YamlText.compose(source, scalar.getValue());
        return list == null ? this : part(list, list);
    }

    /** Returns the items of a list. */
    List<Value> items(String path) {
        if (!(node instanceof SequenceNode sequence)) {
            throw refuse(path, shape() + (line == NO_LINE ? " (expected: a list, as JSON)" : " (expected: a list)"));
        }
        return sequence.getValue().stream().map(item -> part(item, item)).toList();
    }

    /**
     * Returns the keys and values of a mapping, in the order written.
     *
     * @param skipped paths of keys that may be given twice, since their mistakes are known
     */
    Map<String, Value> entries(String path, Predicate<String> skipped) {
        if (!(node instanceof MappingNode mapping)) {
            throw refuse(path, shape() + " (expected: a mapping of keys to values)");
        }
        Map<String, Value> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Value key = part(tuple.getKeyNode(), tuple.getKeyNode());
            if (!(key.node instanceof ScalarNode name)) {
                throw key.refuse(path, key.shape() + " as a key (expected: a text)");
            }
            if (entries.put(name.getValue(), part(tuple.getValueNode(), tuple.getKeyNode())) != null
                    && !skipped.test(KeyPaths.join(path, name.getValue()))) {
                throw key.refuse(KeyPaths.join(path, name.getValue()), "given twice (expected: every key once)");
            }
        }
        return entries;
    }

    ConfigException refuse(String path, String problem) {
        return new ConfigException(
                path, "%s%s in %s".formatted(path.isEmpty() ? "" : path + ": ", problem, where()), null);
    }

    private Value part(Node part, Node place) {
        return new Value(part, source, line == NO_LINE ? NO_LINE : lineOf(place));
    }

    private String shape() {
        if (isText()) {
            return isBlank() ? "empty" : "a text";
        }
        return isMapping() ? "a mapping" : "a list";
    }
}
