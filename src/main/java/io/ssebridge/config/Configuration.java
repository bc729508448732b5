package io.ssebridge.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.yaml.snakeyaml.nodes.Node;

/** A configuration file and the values that override it. Immutable. It can be read more than once. */
public final class Configuration {
    private static final Logger LOG = LoggerFactory.getLogger(Configuration.class);

    private final String name;
    private final String text;
    private final Overrides overrides;

    /**
     * Creates a configuration.
     *
     * @param name the name of the text in messages
     * @param text YAML; an empty text means that all options have their defaults
     * @param overrides values that replace those of the text
     */
    public Configuration(String name, String text, Overrides overrides) {
        this.name = name;
        this.text = text;
        this.overrides = overrides;
    }

    /**
     * Reads a file as a configuration.
     *
     * @param file YAML in UTF-8
     * @param overrides values that replace those of the file
     * @throws ConfigException if it cannot be read
     */
    public static Configuration of(Path file, Overrides overrides) {
        try {
            return new Configuration(file.toString(), Files.readString(file), overrides);
        } catch (NoSuchFileException e) {
            throw new ConfigException(file + ": no such file", e);
        } catch (CharacterCodingException e) {
            throw new ConfigException(file + ": is not UTF-8", e);
        } catch (IOException e) {
            throw new ConfigException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Reads the configuration. Environment variables that begin with {@code SSE_} but name no key are ignored with one
     * warning.
     *
     * @param reader makes the options of the outermost section, by its {@link Section#build}
     * @param <T> the options
     * @throws ConfigException if the configuration is wrong
     */
    public <T> T read(Function<Section, T> reader) {
        Reading reading = new Reading(overrides);
        reading.found("", name);
        T options = reader.apply(new Section(reading, "", entries(), true));
        Set<String> ignored = reading.unknownVariables();
        if (!ignored.isEmpty()) {
            LOG.warn("environment variables that name no key are ignored: {}", String.join(", ", ignored));
        }
        return options;
    }

    private Map<String, Value> entries() {
        Node document = YamlText.compose(name, text);
        return document == null ? Map.of() : Value.inFile(document, name).entries("");
    }
}
