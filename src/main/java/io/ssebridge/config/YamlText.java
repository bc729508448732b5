package io.ssebridge.config;

import java.io.StringReader;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * Reads YAML, and so JSON too, into nodes only. A scalar stays the text that was written, so {@code 015}, {@code yes}
 * and a secret of digits keep their form. Tags create no objects, and aliases are never expanded.
 */
final class YamlText {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private YamlText() {}

    /** Returns the only document of the text, or null if the text has no document. {@code name} is for messages. */
    static @Nullable Node compose(String name, String text) {
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
}
