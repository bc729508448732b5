package io.ssebridge.config;

import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * What goes before the file: system properties, {@code sse.http.port} for the key {@code http.port}, and behind them
 * environment variables, {@code SSE_HTTP_PORT}. Lists are written as JSON.
 *
 * @param environment the environment's variables
 * @param properties the system's properties
 */
public record Overrides(Map<String, String> environment, Map<String, String> properties) {
    /** Nothing but the file. */
    public static final Overrides NONE = new Overrides(Map.of(), Map.of());

    static final String PROPERTY_PREFIX = "sse.";

    /** Takes copies. */
    public Overrides {
        environment = Map.copyOf(environment);
        properties = Map.copyOf(properties);
    }

    /** Those of this process. */
    public static Overrides ofThisProcess() {
        Properties all = System.getProperties();
        return new Overrides(
                System.getenv(),
                all.stringPropertyNames().stream().collect(Collectors.toMap(name -> name, all::getProperty)));
    }

    /**
     * Whether a key has an override.
     *
     * @param path the key's path
     */
    public boolean has(String path) {
        return find(path).isPresent();
    }

    Optional<Value> find(String path) {
        String property = properties.get(PROPERTY_PREFIX + path);
        if (property != null) {
            return Optional.of(value(property, "-D" + PROPERTY_PREFIX + path));
        }
        String variable = Keys.environmentVariable(path);
        return Optional.ofNullable(environment.get(variable)).map(text -> value(text, variable));
    }

    private static Value value(String text, String source) {
        return new Value(new ScalarNode(Tag.STR, text, null, null, ScalarStyle.PLAIN), source, Value.NO_LINE);
    }

    /** Counts only: an environment is full of secrets. */
    @Override
    public String toString() {
        return "Overrides[%d variables, %d properties]".formatted(environment.size(), properties.size());
    }
}
