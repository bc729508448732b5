package io.ssebridge.config;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A configuration file and the values that override it, or JSON. Immutable. It can be read more than once. */
public final class Configuration {
    private static final Logger LOG = LoggerFactory.getLogger(Configuration.class);
    private static final int MOST_MISTAKES = 100;

    private final String name;
    private final Supplier<Value> values;
    private final Overrides overrides;

    /**
     * Creates a configuration.
     *
     * @param name the name of the text in messages
     * @param text YAML; an empty text means that all options have their defaults
     * @param overrides values that replace those of the text
     */
    public Configuration(String name, String text, Overrides overrides) {
        this(name, () -> YamlText.readFile(name, text), overrides);
    }

    private Configuration(String name, Supplier<Value> values, Overrides overrides) {
        this.name = name;
        this.values = values;
        this.overrides = overrides;
    }

    /**
     * Reads JSON as a configuration. Nothing overrides it.
     *
     * @param name the name of the JSON in messages
     * @param json the sections and keys of a configuration file; a number or boolean counts as its text
     */
    public static Configuration of(String name, JsonObject json) {
        return new Configuration(name, () -> JsonTree.of(name, json), Overrides.NONE);
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
     * Reads the configuration. Environment variables that begin with {@code SSE_} but name no key are ignored with a
     * warning.
     *
     * @param reader makes the options of the outermost section, by its {@link Section#build}
     * @param <T> the options
     * @throws ConfigException if the configuration is wrong
     */
    public <T> T read(Function<Section, T> reader) {
        return load(reader).options();
    }

    /**
     * Options, and the files that they depend on besides that of the configuration.
     *
     * @param options the options
     * @param files files that keys name, and that were read together with the configuration
     * @param <T> the type of the options
     */
    public record Loaded<T>(T options, Set<Path> files) {
        /** Copies the set. */
        public Loaded {
            files = Set.copyOf(files);
        }
    }

    /**
     * Reads the configuration, as {@link #read(Function)}.
     *
     * @param reader as above
     * @param <T> the options
     * @throws ConfigException as above
     */
    public <T> Loaded<T> load(Function<Section, T> reader) {
        ConfigReading reading = new ConfigReading(overrides);
        T options = read(reader, reading);
        reading.warnings().forEach(LOG::warn);
        return new Loaded<>(options, reading.files());
    }

    <T> T read(Function<Section, T> reader, ConfigReading reading) {
        reading.found("", name);
        Map<String, Value> entries = values.get().entries("", reading::isSkipped);
        return reader.apply(new Section(reading, "", entries, true));
    }

    /**
     * Reads the configuration again and again, each time without the keys that have turned out to be wrong.
     *
     * @param reader as for {@link #read}
     * @return the messages of all mistakes that can be told apart, in the order in which they are found; none if the
     *     configuration is right
     */
    public List<String> mistakes(Function<Section, ?> reader) {
        Set<String> messages = new LinkedHashSet<>();
        Set<String> skipped = new HashSet<>();
        while (messages.size() < MOST_MISTAKES) {
            try {
                Object unused = read(reader, new ConfigReading(overrides, Set.copyOf(skipped)));
                break;
            } catch (ConfigException e) {
                if (!followsFrom(skipped, e)) {
                    messages.add(String.valueOf(e.getMessage()));
                }
                if (!skip(e.path(), skipped)) {
                    break;
                }
            }
        }
        return List.copyOf(messages);
    }

    /** Tells whether a key is wrong only because a key that belongs to it was skipped. */
    private static boolean followsFrom(Set<String> skipped, ConfigException e) {
        String path = e.path();
        return !skipped.isEmpty() && (path.isEmpty() || e.isContradiction())
                || skipped.stream().anyMatch(each -> isWithin(each, path) || isWithin(path, each));
    }

    private static boolean isWithin(String inner, String outer) {
        return inner.equals(outer) || inner.startsWith(outer + ".") || inner.startsWith(outer + "[");
    }

    /** Skips a key or, if that did not help, the section around it; false: there is nothing left to skip. */
    private static boolean skip(String path, Set<String> skipped) {
        String wrong = path;
        while (!wrong.isEmpty() && !skipped.add(wrong)) {
            wrong = KeyPaths.enclosing(wrong);
        }
        return !wrong.isEmpty();
    }
}
