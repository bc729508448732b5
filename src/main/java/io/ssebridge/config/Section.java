package io.ssebridge.config;

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
 * A mapping of the configuration, read key by key; what nobody asks for is refused. <b>Owner:</b> the thread that loads.
 *
 * <p>Values of {@code http} are read from the system property {@code sse.http.…}, else the variable {@code SSE_HTTP_…},
 * else the file. A record of options is made of its section thus:
 *
 * <pre>{@code
 * return stream.build(() -> new StreamOptions(stream.quantity("heartbeat", Duration.ofSeconds(15), HEARTBEATS)));
 * }</pre>
 *
 * <p>All methods throw {@link ConfigException}.
 */
public final class Section {
    private final Reading reading;
    private final String path;
    private final Map<String, Value> entries;
    // The parts of a list have no names that a variable or property could bear.
    private final boolean overridable;
    private final Set<String> known = new LinkedHashSet<>();
    private final Map<String, Section> sections = new LinkedHashMap<>();

    Section(Reading reading, String path, Map<String, Value> entries, boolean overridable) {
        this.reading = reading;
        this.path = path;
        this.entries = entries;
        this.overridable = overridable;
    }

    /**
     * The section under a key; empty if it is not given, or nothing is in it.
     *
     * @param key the key
     */
    public Section section(String key) {
        known.add(key);
        return sections.computeIfAbsent(key, name -> {
            String full = Keys.join(path, name);
            Value value = entries.get(name);
            if (value == null) {
                return new Section(reading, full, Map.of(), overridable);
            }
            reading.found(full, value.where());
            return new Section(reading, full, value.isBlank() ? Map.of() : value.entries(full), overridable);
        });
    }

    /**
     * Whether a section stands under a key that may hold a text as well.
     *
     * @param key the key
     */
    public boolean isSection(String key) {
        return find(key).map(Value::isMapping).orElse(false);
    }

    /**
     * The sections in a list; empty if the key is not given.
     *
     * @param key the key
     */
    public Optional<List<Section>> sections(String key) {
        return find(key).map(Value::asList).map(value -> {
            List<Section> parts = new ArrayList<>();
            for (Value item : value.items(Keys.join(path, key))) {
                String name = "%s[%d]".formatted(key, parts.size());
                String full = Keys.join(path, name);
                reading.found(full, item.where());
                Section part = new Section(reading, full, item.entries(full), false);
                sections.put(name, part);
                parts.add(part);
            }
            return parts;
        });
    }

    /**
     * A text, never empty.
     *
     * @param key the key
     * @param fallback for when it is not given
     */
    public String text(String key, String fallback) {
        return optionalText(key).orElse(fallback);
    }

    /**
     * A text, never empty, if it is given. Messages do not show it.
     *
     * @param key the key
     */
    public Optional<String> optionalText(String key) {
        return find(key).map(value -> value.text(Keys.join(path, key)));
    }

    /**
     * A text that means something, if it is given.
     *
     * @param key the key
     * @param meaning from the text; throws IllegalArgumentException with what was found and expected
     * @param <T> what it means
     */
    public <T> Optional<T> parsed(String key, Function<String, T> meaning) {
        return optionalText(key).map(text -> {
            try {
                return meaning.apply(text);
            } catch (IllegalArgumentException e) {
                throw reading.refuse(Keys.join(path, key), String.valueOf(e.getMessage()), e);
            }
        });
    }

    /**
     * A text that means something and must be given.
     *
     * @param key the key
     * @param meaning from the text; throws IllegalArgumentException with what was found and expected
     * @param <T> what it means
     */
    public <T> T required(String key, Function<String, T> meaning) {
        return this.<T>parsed(key, meaning).orElseThrow(() -> {
            String others = entries.isEmpty() ? "nothing" : String.join(", ", entries.keySet());
            return reading.refuse(Keys.join(path, key), "missing (found: %s)".formatted(others), null);
        });
    }

    /**
     * A number, a duration or a size.
     *
     * @param key the key
     * @param fallback for when it is not given
     * @param range what is allowed
     * @param <T> the kind of quantity
     */
    public <T extends Comparable<T>> T quantity(String key, T fallback, Range<T> range) {
        return this.<T>parsed(key, range::read).orElse(fallback);
    }

    /**
     * {@code true} or {@code false}.
     *
     * @param key the key
     * @param fallback for when it is not given
     */
    public boolean flag(String key, boolean fallback) {
        return this.<Boolean>parsed(key, Section::flag).orElse(fallback);
    }

    private static Boolean flag(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            // YAML 1.1 would take yes and on as well, YAML 1.2 would not: nobody should have to know.
            default -> throw new IllegalArgumentException(OneLine.quote(text) + " (expected: true or false)");
        };
    }

    /**
     * The texts in a list, none of them empty; no texts if the key is not given.
     *
     * @param key the key
     */
    public List<String> texts(String key) {
        return find(key).map(Value::asList).map(value -> texts(key, value)).orElse(List.of());
    }

    /**
     * The texts in a list, or the one text that stands in place of a list; no texts if the key is not given.
     *
     * @param key the key
     */
    public List<String> textOrTexts(String key) {
        return find(key)
                .map(Value::asList)
                .map(value -> value.isText() ? List.of(value.text(Keys.join(path, key))) : texts(key, value))
                .orElse(List.of());
    }

    private List<String> texts(String key, Value value) {
        List<String> texts = new ArrayList<>();
        for (Value item : value.items(Keys.join(path, key))) {
            texts.add(item.text("%s[%d]".formatted(Keys.join(path, key), texts.size())));
        }
        return List.copyOf(texts);
    }

    /**
     * Makes what this section describes, and refuses the keys that nobody has asked for by then.
     *
     * @param maker reads all keys of this section, then makes something of them; where that throws
     *     IllegalArgumentException, the message opens as with {@link #checked}
     * @param <T> what it makes
     */
    public <T> T build(Supplier<T> maker) {
        try {
            T made = maker.get();
            refuseUnknown();
            return made;
        } catch (IllegalArgumentException e) {
            // A misspelt key may well be why the rest makes no sense.
            refuseUnknown();
            throw located(e);
        }
    }

    /**
     * Makes something of keys that were read before others of this section.
     *
     * @param maker makes it; where it throws IllegalArgumentException, the message opens with the path of the key,
     *     relative to this section, and a colon
     * @param <T> what it makes
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
                : reading.refuse(Keys.join(path, message.substring(0, colon)), message.substring(colon + 2), e);
    }

    private void refuseUnknown() {
        entries.forEach((key, value) -> {
            if (!known.contains(key)) {
                String hint = Keys.nearest(key, known)
                        .map(nearest -> "did you mean %s?".formatted(Keys.join(path, nearest)))
                        .orElse("expected: " + String.join(", ", known));
                throw value.refuse(Keys.join(path, key), "unknown key (%s)".formatted(hint));
            }
        });
        sections.values().forEach(Section::refuseUnknown);
        if (path.isEmpty()) {
            reading.refuseUnknownProperties();
        }
    }

    private Optional<Value> find(String key) {
        known.add(key);
        String full = Keys.join(path, key);
        Optional<Value> value = (overridable ? reading.override(full) : Optional.<Value>empty())
                .or(() -> Optional.ofNullable(entries.get(key)));
        value.ifPresent(given -> reading.found(full, given.where()));
        return value;
    }
}
