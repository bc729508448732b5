package io.ssebridge.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A mapping of the configuration, read key by key. Keys that were not read are refused. <b>Owner:</b> the thread that
 * loads the configuration.
 *
 * <p>A value of the section {@code http} comes from the first of these that has it: the system property {@code
 * sse.http.…}, the variable {@code SSE_HTTP_…}, the file. A record of options is built from its section like this:
 *
 * <pre>{@code
 * return stream.build(() -> new StreamOptions(stream.quantity(HEARTBEAT, Duration.ofSeconds(15), HEARTBEATS)));
 * }</pre>
 *
 * <p>All methods throw {@link ConfigException}.
 */
public final class Section {
    private static final String TEXT = "text";
    private static final String TEXTS = "list of texts";

    private final ConfigReading reading;
    private final String path;
    private final Map<String, Value> entries;
    // False inside a list: the items of a list have no names, so a variable or property cannot refer to them.
    private final boolean overridable;
    private final Set<String> known = new LinkedHashSet<>();
    private final Map<String, Section> sections = new LinkedHashMap<>();

    Section(ConfigReading reading, String path, Map<String, Value> entries, boolean overridable) {
        this.reading = reading;
        this.path = path;
        this.entries = entries;
        this.overridable = overridable;
    }

    /**
     * Returns the section under a key. It is empty if the key is missing or has no content.
     *
     * @param key the key
     */
    public Section section(String key) {
        known.add(key);
        return sections.computeIfAbsent(key, name -> {
            String full = KeyPaths.join(path, name);
            Value value = entries.get(name);
            if (value == null || reading.isSkipped(full)) {
                return new Section(reading, full, Map.of(), overridable);
            }
            reading.found(full, value.where());
            return new Section(
                    reading, full, value.isBlank() ? Map.of() : value.entries(full, reading::isSkipped), overridable);
        });
    }

    /**
     * Returns whether a key has a section as its value. Use it for keys that may have a text as well.
     *
     * @param key the key
     */
    public boolean isSection(String key) {
        return find(key).map(Value::isMapping).orElse(false);
    }

    /**
     * Returns whether a key is given, with a text, a section or a list.
     *
     * @param key the key
     */
    public boolean has(String key) {
        return find(key).isPresent();
    }

    /**
     * Returns the sections in a list; empty if the key is missing.
     *
     * @param key the key
     */
    public Optional<List<Section>> sections(Key key) {
        reading.describe(path, key, "sections", null);
        return find(key.name()).map(Value::asList).map(value -> {
            List<Section> parts = new ArrayList<>();
            int index = 0;
            for (Value item : value.items(KeyPaths.join(path, key.name()))) {
                String name = "%s[%d]".formatted(key.name(), index++);
                String full = KeyPaths.join(path, name);
                if (reading.isSkipped(full)) {
                    continue;
                }
                reading.found(full, item.where());
                Section part = new Section(reading, full, item.entries(full, reading::isSkipped), false);
                sections.put(name, part);
                parts.add(part);
            }
            return parts;
        });
    }

    /**
     * Returns a text, which is never empty.
     *
     * @param key the key
     * @param fallback the value if the key is missing
     */
    public String text(Key key, String fallback) {
        reading.describe(path, key, TEXT, fallback);
        return find(key).orElse(fallback);
    }

    /**
     * Returns a text, which is never empty, if the key is present. Error messages do not show the text.
     *
     * @param key the key
     */
    public Optional<String> optionalText(Key key) {
        reading.describe(path, key, TEXT, null);
        return find(key);
    }

    /**
     * Returns the meaning of a text, if the key is present.
     *
     * @param key the key
     * @param meaning converts the text; throws IllegalArgumentException with the found and the expected value
     * @param <T> the type of the meaning
     */
    public <T> Optional<T> parsed(Key key, Function<String, T> meaning) {
        reading.describe(path, key, TEXT, null);
        return understood(key, meaning);
    }

    /**
     * Returns the meaning of a text.
     *
     * @param key the key
     * @param fallback the text that counts if the key is missing
     * @param meaning as above
     * @param <T> the type of the meaning
     */
    public <T> T parsed(Key key, String fallback, Function<String, T> meaning) {
        reading.describe(path, key, TEXT, fallback);
        return this.<T>understood(key, meaning).orElseGet(() -> meaning.apply(fallback));
    }

    /**
     * Returns the meaning of a text. The key must be present.
     *
     * @param key the key
     * @param meaning converts the text; throws IllegalArgumentException with the found and the expected value
     * @param <T> the type of the meaning
     */
    public <T> T required(Key key, Function<String, T> meaning) {
        reading.describe(path, key.byDefault("required"), TEXT, null);
        return this.<T>understood(key, meaning).orElseThrow(() -> {
            String others = entries.isEmpty() ? "nothing" : String.join(", ", entries.keySet());
            return reading.refuse(KeyPaths.join(path, key.name()), "missing (found: %s)".formatted(others), null);
        });
    }

    /**
     * Notes that the meaning of a key depends on the content of a file.
     *
     * @param file the file
     */
    public void dependsOn(Path file) {
        reading.dependsOn(file);
    }

    /**
     * Returns a number, a duration or a size.
     *
     * @param key the key
     * @param fallback the value if the key is missing
     * @param range the allowed quantities
     * @param <T> the kind of quantity
     */
    public <T extends Comparable<T>> T quantity(Key key, T fallback, Range<T> range) {
        reading.describe(path, range.limits(key), range.type(), range.write(fallback));
        return this.<T>understood(key, range::read).orElse(fallback);
    }

    /**
     * Returns a number, a duration or a size, if the key is present.
     *
     * @param key the key
     * @param range the allowed quantities
     * @param <T> the kind of quantity
     */
    public <T extends Comparable<T>> Optional<T> quantity(Key key, Range<T> range) {
        reading.describe(path, range.limits(key), range.type(), null);
        return understood(key, range::read);
    }

    /**
     * Returns {@code true} or {@code false}.
     *
     * @param key the key
     * @param fallback the value if the key is missing
     */
    public boolean flag(Key key, boolean fallback) {
        reading.describe(path, key, "flag", String.valueOf(fallback));
        return this.<Boolean>understood(key, Section::flag).orElse(fallback);
    }

    private static Boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            // YAML 1.1 accepts yes and on as well, YAML 1.2 does not. Only true and false mean the same in both.
            default -> throw new IllegalArgumentException(OneLine.quote(text) + " (expected: true or false)");
        };
    }

    /**
     * Returns the texts in a list, each not empty. The list is empty if the key is missing.
     *
     * @param key the key
     */
    public List<String> texts(Key key) {
        reading.describe(path, key, TEXTS, null);
        return listed(key).orElse(List.of());
    }

    /**
     * Reads the texts in a list, none of them empty.
     *
     * @param key the key
     * @param fallback for when it is not given; an empty list is given
     */
    public List<String> texts(Key key, List<String> fallback) {
        reading.describe(path, key, TEXTS, fallback.toString());
        return listed(key).orElse(fallback);
    }

    /**
     * Returns the texts in a list, or the one text that is written instead of a list. The list is empty if the key is
     * missing.
     *
     * @param key the key
     */
    public List<String> textOrTexts(Key key) {
        reading.describe(path, key, TEXTS, null);
        return find(key.name())
                .map(Value::asList)
                .map(value -> value.isText()
                        ? List.of(value.text(KeyPaths.join(path, key.name())))
                        : texts(key.name(), value))
                .orElse(List.of());
    }

    private Optional<List<String>> listed(Key key) {
        return find(key.name()).map(Value::asList).map(value -> texts(key.name(), value));
    }

    private List<String> texts(String key, Value value) {
        List<String> texts = new ArrayList<>();
        int index = 0;
        for (Value item : value.items(KeyPaths.join(path, key))) {
            String full = "%s[%d]".formatted(KeyPaths.join(path, key), index++);
            if (!reading.isSkipped(full)) {
                texts.add(item.text(full));
            }
        }
        return List.copyOf(texts);
    }

    private <T> Optional<T> understood(Key key, Function<String, T> meaning) {
        return find(key).map(text -> {
            try {
                return meaning.apply(text);
            } catch (IllegalArgumentException e) {
                throw reading.refuse(KeyPaths.join(path, key.name()), String.valueOf(e.getMessage()), e);
            }
        });
    }

    private Optional<String> find(Key key) {
        return find(key.name()).map(value -> value.text(KeyPaths.join(path, key.name())));
    }

    /**
     * Makes an object from this section, and refuses the keys that the maker did not read.
     *
     * @param maker reads all keys of this section, then makes the object. If it throws IllegalArgumentException, the
     *     message begins as with {@link #checked}
     * @param <T> the type of the object
     */
    public <T> T build(Supplier<T> maker) {
        try {
            T made = maker.get();
            refuseUnknown();
            return made;
        } catch (IllegalArgumentException e) {
            // A misspelt key is often the cause of the other error, so it is reported first.
            refuseUnknown();
            throw path.isEmpty() ? located(e).ofContradiction() : located(e);
        }
    }

    /**
     * Makes an object from keys that were read before other keys of this section.
     *
     * @param maker makes the object. If it throws IllegalArgumentException, the message begins with the path of the
     *     key, relative to this section, and a colon
     * @param <T> the type of the object
     */
    public <T> T checked(Supplier<T> maker) {
        try {
            return maker.get();
        } catch (IllegalArgumentException e) {
            throw located(e);
        }
    }

    private ConfigException located(IllegalArgumentException e) {
        String message = String.valueOf(e.getMessage());
        int colon = message.indexOf(": ");
        return colon < 0
                ? reading.refuse(path, message, e)
                : reading.refuse(KeyPaths.join(path, message.substring(0, colon)), message.substring(colon + 2), e);
    }

    private void refuseUnknown() {
        entries.forEach((key, value) -> {
            if (!known.contains(key) && !reading.isSkipped(KeyPaths.join(path, key))) {
                String hint = Spelling.nearest(key, known)
                        .map(nearest -> "did you mean %s?".formatted(KeyPaths.join(path, nearest)))
                        .orElse("expected: " + String.join(", ", known));
                throw value.refuse(KeyPaths.join(path, key), "unknown key (%s)".formatted(hint));
            }
        });
        sections.values().forEach(Section::refuseUnknown);
        if (path.isEmpty()) {
            reading.refuseUnknownProperties();
        }
    }

    private Optional<Value> find(String key) {
        known.add(key);
        String full = KeyPaths.join(path, key);
        Optional<Value> value = reading.isSkipped(full) ? Optional.empty() : written(key, full);
        value.ifPresent(given -> reading.found(full, given.where()));
        return value;
    }

    private Optional<Value> written(String key, String full) {
        return (overridable ? reading.override(full) : Optional.<Value>empty())
                .or(() -> Optional.ofNullable(entries.get(key)));
    }
}
