package io.ssebridge.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a configuration, shared by its sections. It records the keys that were read and the places of their
 * values.
 */
final class Reading {
    private final Overrides overrides;
    private final Set<String> asked = new TreeSet<>();
    private final Map<String, String> places = new HashMap<>();

    Reading(Overrides overrides) {
        this.overrides = overrides;
    }

    /** Finds the override of a key, and records that the key was read. */
    Optional<Value> override(String path) {
        asked.add(path);
        return overrides.find(path);
    }

    void found(String path, String where) {
        places.put(path, where);
    }

    /**
     * Creates the error for a wrong value. The message contains the place of the value or, if that is unknown, the
     * place of the enclosing section.
     */
    ConfigException refuse(String path, String problem, @Nullable Throwable cause) {
        return new ConfigException("%s%s%s".formatted(path.isEmpty() ? "" : path + ": ", problem, in(path)), cause);
    }

    private String in(String path) {
        for (String part = path;
                ;
                part = part.substring(0, Math.max(Math.max(part.lastIndexOf('.'), part.lastIndexOf('[')), 0))) {
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
                if (!asked.contains(path)) {
                    throw new ConfigException("-D" + name + ": unknown key"
                            + Spelling.nearest(path, asked)
                                    .map(" (did you mean -Dsse.%s?)"::formatted)
                                    .orElse(""));
                }
            }
        }
    }

    /**
     * Finds environment variables that begin with {@code SSE_} but match no key. Kubernetes sets such variables for
     * every service whose name begins with sse.
     */
    Set<String> unknownVariables() {
        Set<String> known = asked.stream().map(Keys::environmentVariable).collect(Collectors.toSet());
        return overrides.environment().keySet().stream()
                .filter(name -> name.startsWith("SSE_") && !known.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
