package io.ssebridge.config;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One reading of a configuration, shared by its sections: which keys were asked for, and where their values stood. */
final class Reading {
    private final Overrides overrides;
    private final Set<String> asked = new TreeSet<>();
    private final Map<String, String> places = new HashMap<>();

    Reading(Overrides overrides) {
        this.overrides = overrides;
    }

    /** What overrides the file for a key. */
    Optional<Value> override(String path) {
        asked.add(path);
        return overrides.find(path);
    }

    void found(String path, String where) {
        places.put(path, where);
    }

    /** An error in a key's value, with the place of the value or of what encloses it. */
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

    /** Refuses system properties of ours that no key answers to: they were given on purpose, and misspelt. */
    void refuseUnknownProperties() {
        for (String name : new TreeSet<>(overrides.properties().keySet())) {
            if (name.startsWith(Overrides.PROPERTY_PREFIX)) {
                String path = name.substring(Overrides.PROPERTY_PREFIX.length());
                if (!asked.contains(path)) {
                    throw new ConfigException("-D" + name + ": unknown key"
                            + Keys.nearest(path, asked)
                                    .map(" (did you mean -Dsse.%s?)"::formatted)
                                    .orElse(""));
                }
            }
        }
    }

    /** Variables that look like ours and are not: Kubernetes sets such for every service whose name begins with sse. */
    Set<String> unknownVariables() {
        Set<String> known = asked.stream().map(Keys::environmentVariable).collect(Collectors.toSet());
        return overrides.environment().keySet().stream()
                .filter(name -> name.startsWith("SSE_") && !known.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
