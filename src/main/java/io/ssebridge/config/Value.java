package io.ssebridge.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The value of a key, and the place where it was written. Errors about the shape never show the text, because it may be
 * a secret at the wrong key.
 */
sealed interface Value {
    /** Returns the place for messages, such as {@code bridge.yaml:3}. */
    String where();

    /** Returns the same value with another place. */
    Value at(String place);

    /**
     * A text; empty: nothing is given.
     *
     * @param isOverride whether it is the text of an override, in which lists are written as JSON
     */
    record Text(String text, String where, boolean isOverride) implements Value {
        @Override
        public Text at(String place) {
            return new Text(text, place, isOverride);
        }
    }

    /** A list of values. */
    record Sequence(List<Value> items, String where) implements Value {
        @Override
        public Sequence at(String place) {
            return new Sequence(items, place);
        }
    }

    /** Keys and their values, in the order written; a key may be there twice. */
    record Mapping(List<Entry> entries, String where) implements Value {
        @Override
        public Mapping at(String place) {
            return new Mapping(entries, place);
        }
    }

    /** A key, which must be a text to be right, and its value. */
    record Entry(Value key, Value value) {}

    default boolean isText() {
        return this instanceof Text;
    }

    default boolean isMapping() {
        return this instanceof Mapping;
    }

    /** Returns whether nothing is given. */
    default boolean isBlank() {
        return this instanceof Text given && given.text.isEmpty();
    }

    /** Returns the text, which is never empty. */
    default String text(String path) {
        if (!(this instanceof Text given)) {
            throw refuse(path, shape() + " (expected: a text)");
        }
        if (isBlank()) {
            throw refuse(path, "empty (expected: a text)");
        }
        return given.text;
    }

    /** Returns the list that an override contains as JSON in its text. Any other value is returned unchanged. */
    default Value asList() {
        return this instanceof Text given && given.isOverride && given.text.startsWith("[")
                ? YamlText.readOverride(given.where, given.text)
                : this;
    }

    /** Returns the items of a list. */
    default List<Value> items(String path) {
        if (this instanceof Sequence list) {
            return list.items;
        }
        boolean isOverride = this instanceof Text given && given.isOverride;
        throw refuse(path, shape() + (isOverride ? " (expected: a list, as JSON)" : " (expected: a list)"));
    }

    /**
     * Returns the keys and values of a mapping, in the order written. The place of a value is that of its key.
     *
     * @param skipped paths of keys that may be given twice, since their mistakes are known
     */
    default Map<String, Value> entries(String path, Predicate<String> skipped) {
        if (!(this instanceof Mapping mapping)) {
            throw refuse(path, shape() + " (expected: a mapping of keys to values)");
        }
        Map<String, Value> entries = new LinkedHashMap<>();
        for (Entry entry : mapping.entries) {
            Value key = entry.key;
            if (!(key instanceof Text name)) {
                throw key.refuse(path, key.shape() + " as a key (expected: a text)");
            }
            if (entries.put(name.text, entry.value.at(name.where)) != null
                    && !skipped.test(KeyPaths.join(path, name.text))) {
                throw key.refuse(KeyPaths.join(path, name.text), "given twice (expected: every key once)");
            }
        }
        return entries;
    }

    default ConfigException refuse(String path, String problem) {
        return new ConfigException(
                path, "%s%s in %s".formatted(path.isEmpty() ? "" : path + ": ", problem, where()), null);
    }

    private String shape() {
        if (isText()) {
            return isBlank() ? "empty" : "a text";
        }
        return isMapping() ? "a mapping" : "a list";
    }
}
