package io.ssebridge.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a configuration, shared by its sections. It records the keys that were read and the places of their
 * values.
 */
final class ConfigReading {
    private static final String PREFIX = "SSE_";

    private final Overrides overrides;
    private final Set<String> skipped;
    private final Consumer<ReferenceRow> reference;
    private final Set<String> asked = new TreeSet<>();
    private final Set<Path> files = new TreeSet<>();
    private final Map<String, String> places = new HashMap<>();

    ConfigReading(Overrides overrides) {
        this(overrides, Set.of(), row -> {});
    }

    /** Creates a reading that treats some keys as if they were not given, to find further mistakes. */
    ConfigReading(Overrides overrides, Set<String> skipped) {
        this(overrides, skipped, row -> {});
    }

    /** Creates a reading that tells about each key that is asked for. */
    ConfigReading(Consumer<ReferenceRow> reference) {
        this(Overrides.NONE, Set.of(), reference);
    }

    private ConfigReading(Overrides overrides, Set<String> skipped, Consumer<ReferenceRow> reference) {
        this.overrides = overrides;
        this.skipped = skipped;
        this.reference = reference;
    }

    /**
     * Tells about a key that is asked for.
     *
     * @param section the path of its section
     * @param key the key
     * @param type the type of its values, if the key does not say it
     * @param fallback the value that counts if it is missing; null: none
     */
    void describe(String section, Key key, String type, @Nullable String fallback) {
        reference.accept(new ReferenceRow(KeyPaths.join(section, key.name()), key, type, fallback));
    }

    /** Returns whether the mistake in a key is known, and the key is skipped. */
    boolean isSkipped(String path) {
        return skipped.contains(path);
    }

    /** Finds the override of a key, and records that the key was read. */
    Optional<Value> override(String path) {
        asked.add(path);
        return overrides.find(path);
    }

    void dependsOn(Path file) {
        files.add(file);
    }

    /** Returns the files that keys name, and that were read. */
    Set<Path> files() {
        return Set.copyOf(files);
    }

    void found(String path, String where) {
        places.put(path, where);
    }

    /**
     * Creates the error for a wrong value. The message contains the place of the value or, if that is unknown, the
     * place of the enclosing section.
     */
    ConfigException refuse(String path, String problem, @Nullable Throwable cause) {
        return new ConfigException(
                path, "%s%s%s".formatted(path.isEmpty() ? "" : path + ": ", problem, in(path)), cause);
    }

    private String in(String path) {
        for (String part = path; ; part = KeyPaths.enclosing(part)) {
            String where = places.get(part);
            if (where != null) {
                return " in " + where;
            }
            if (part.isEmpty()) {
                return "";
            }
        }
    }

    /**
     * Refuses system properties that begin with {@code sse.} but match no key. Such a property was set on purpose and
     * must be misspelt.
     */
    void refuseUnknownProperties() {
        for (String name : new TreeSet<>(overrides.properties().keySet())) {
            if (name.startsWith(Overrides.PROPERTY_PREFIX)) {
                String path = name.substring(Overrides.PROPERTY_PREFIX.length());
                if (!asked.contains(path) && !isSkipped(name)) {
                    String hint = Spelling.nearest(path, asked)
                            .map(" (did you mean -Dsse.%s?)"::formatted)
                            .orElse("");
                    throw new ConfigException(name, "-D" + name + ": unknown key" + hint, null);
                }
            }
        }
    }

    /**
     * Returns a warning for each environment variable that begins with {@code SSE_} but sets no key. Some are misspelt;
     * Kubernetes sets others for every service with a name that begins with sse.
     */
    List<String> warnings() {
        Map<String, String> known = asked.stream()
                .collect(Collectors.toMap(KeyPaths::environmentVariable, path -> path, (one, other) -> one));
        List<String> warnings = new ArrayList<>();
        Set<String> unknown = new TreeSet<>();
        for (Map.Entry<String, String> variable : new TreeMap<>(overrides.environment()).entrySet()) {
            String name = variable.getKey();
            if (!name.startsWith(PREFIX)) {
                continue;
            }
            if (Overrides.isOfKubernetes(variable.getValue())) {
                if (known.containsKey(name)) {
                    warnings.add(
                            "%s is ignored: it is a URL as Kubernetes sets it for a service (expected: the value of %s)"
                                    .formatted(name, known.get(name)));
                } else {
                    unknown.add(name);
                }
            } else if (!known.containsKey(name)) {
                Spelling.nearest(name, known.keySet())
                        .ifPresentOrElse(
                                meant -> warnings.add(
                                        "%s names no key and is ignored: did you mean %s?".formatted(name, meant)),
                                () -> unknown.add(name));
            }
        }
        if (!unknown.isEmpty()) {
            warnings.add("environment variables that name no key are ignored: " + String.join(", ", unknown));
        }
        return warnings;
    }
}
