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
 * Reads YAML, and thereby JSON, into nodes only: scalars stay the text that was written, so that {@code 015},
 * {@code yes} and a secret of digits arrive unmangled, no tag creates an object, and no alias is ever expanded.
 */
final class YamlText {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    private YamlText() {}

    /** The one document of the text, or null if there is none; {@code name} is for messages. */
    static @Nullable Node compose(String name, String text) {
        String yaml = text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text;
        try {
            // The defaults bound size, depth and aliases.
            return new Yaml(new LoaderOptions()).compose(new StringReader(yaml));
        } catch (ReaderException e) {
            throw new ConfigException(
                    "the character U+%04X (expected: none that YAML forbids) in %s".formatted(e.getCodePoint(), name),
                    e);
        } catch (MarkedYAMLException e) {
            // Neither the message nor the cause: they quote the lines around the error, which may hold a secret.
            // Nor the name of an alias or tag: it may be a secret that begins with * or !, unquoted.
            String problem = String.valueOf(e.getProblem()).replaceFirst("(undefined (alias|tag handle)) .*", "$1");
            String line =
                    e.getProblemMark() == null ? "" : ":" + (e.getProblemMark().getLine() + 1);
            throw new ConfigException("not YAML: %s in %s%s".formatted(problem, name, line));
        } catch (YAMLException e) {
            throw new ConfigException("not YAML: %s in %s".formatted(e.getMessage(), name), e);
        }
    }
}
