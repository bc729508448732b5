package io.ssebridge.config;

import java.io.StringReader;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * Makes values from YAML, and so from JSON as text too. A scalar stays the text that was written, so {@code 015}, {@code
 * yes} and a secret of digits keep their form. Tags create no objects. The value of an anchor is made once, however many
 * aliases refer to it. Only this class uses the YAML library: programs that embed the bridge need not have it.
 */
final class YamlText {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private final String name;
    private final boolean hasLines;
    private final Map<Node, Value> made = new HashMap<>();
    private final Set<Node> enclosing = new HashSet<>();

    private YamlText(String name, boolean hasLines) {
        this.name = name;
        this.hasLines = hasLines;
    }

    /** Reads the only document of a file; a mapping without entries if there is none. {@code name} is for messages. */
    static Value readFile(String name, String text) {
        Node document = compose(name, text);
        return document == null ? new Value.Mapping(List.of(), name) : new YamlText(name, true).value(document);
    }

    /** Reads the list in an override. The name of the override is enough to find any part of the list. */
    static Value readOverride(String name, String text) {
        Node list = compose(name, text);
        return list == null ? new Value.Sequence(List.of(), name) : new YamlText(name, false).value(list);
    }

    private static @Nullable Node compose(String name, String text) {
        String yaml = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        try {
            // The default options limit size, depth and aliases.
            return new Yaml(new LoaderOptions()).compose(new StringReader(yaml));
        } catch (ReaderException e) {
            throw new ConfigException(
                    "the character U+%04X (expected: none that YAML forbids) in %s".formatted(e.getCodePoint(), name),
                    e);
        } catch (MarkedYAMLException e) {
            // The exception's message and cause are left out: they quote the lines around the error, which may contain
            // a secret. The name of an alias or tag is left out too: it may be an unquoted secret that begins with * or
            // !.
            String problem = String.valueOf(e.getProblem()).replaceFirst("(undefined (alias|tag handle)) .*", "$1");
            String line =
                    e.getProblemMark() == null ? "" : ":" + (e.getProblemMark().getLine() + 1);
            throw new ConfigException("not YAML: %s in %s%s".formatted(problem, name, line));
        } catch (YAMLException e) {
            throw new ConfigException("not YAML: %s in %s".formatted(e.getMessage(), name), e);
        }
    }

    private Value value(Node node) {
        Value known = made.get(node);
        if (known != null) {
            return known;
        }
        if (!enclosing.add(node)) {
            throw new ConfigException("an alias inside the value that it refers to (expected: none) in " + where(node));
        }
        Value value = make(node);
        enclosing.remove(node);
        made.put(node, value);
        return value;
    }

    private Value make(Node node) {
        if (node instanceof MappingNode mapping) {
            return new Value.Mapping(
                    mapping.getValue().stream()
                            .map(entry -> new Value.Entry(key(entry.getKeyNode()), value(entry.getValueNode())))
                            .toList(),
                    where(node));
        }
        if (node instanceof SequenceNode sequence) {
            return new Value.Sequence(
                    sequence.getValue().stream().map(this::value).toList(), where(node));
        }
        return node.getTag().equals(Tag.NULL) ? text(node, "") : text(node, ((ScalarNode) node).getValue());
    }

    // A key is the text that was written, even if YAML reads it as null.
    private Value key(Node node) {
        return node instanceof ScalarNode scalar ? text(node, scalar.getValue()) : value(node);
    }

    private Value text(Node node, String text) {
        return new Value.Text(text, where(node), false);
    }

    private String where(Node node) {
        return hasLines ? name + ":" + (node.getStartMark().getLine() + 1) : name;
    }
}
