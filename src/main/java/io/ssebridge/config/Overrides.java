package io.ssebridge.config;

import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Values that replace those of the file. A system property comes first: {@code sse.http.port} for the key {@code
 * http.port}. An environment variable comes second: {@code SSE_HTTP_PORT}. Lists are written as JSON.
 *
 * @param environment the environment variables
 * @param properties the system properties
 */
public record Overrides(Map<String, String> environment, Map<String, String> properties) {
    /** No overrides: only the file counts. */
    public static final Overrides NONE = new Overrides(Map.of(), Map.of());

    static final String PROPERTY_PREFIX = "sse.";

    private static final Pattern KUBERNETES = Pattern.compile("(tcp|udp|sctp)://");

    /** Copies both maps. */
    public Overrides {
        environment = Map.copyOf(environment);
        properties = Map.copyOf(properties);
    }

    /** Returns the overrides of this process. */
    public static Overrides ofThisProcess() {
        Properties all = System.getProperties();
        return new Overrides(
                System.getenv(),
                all.stringPropertyNames().stream().collect(Collectors.toMap(name -> name, all::getProperty)));
    }

    /**
     * Returns whether a key has an override.
     *
     * @param path the key's path
     */
    public boolean has(String path) {
        return find(path).isPresent();
    }

    Optional<Value> find(String path) {
        String property = properties.get(PROPERTY_PREFIX + path);
        if (property != null) {
            return Optional.of(new Value.Text(property, "-D" + PROPERTY_PREFIX + path, true));
        }
        String variable = KeyPaths.environmentVariable(path);
        return Optional.ofNullable(environment.get(variable))
                .filter(text -> !isOfKubernetes(text))
                .map(text -> new Value.Text(text, variable, true));
    }

    /** For a service named sse-http Kubernetes sets SSE_HTTP_PORT to the service's URL. No key takes such a value. */
    static boolean isOfKubernetes(String value) {
        return KUBERNETES.matcher(value).lookingAt();
    }

    /** Shows the counts only, because an environment often contains secrets. */
    @Override
    public String toString() {
        return "Overrides[%d variables, %d properties]".formatted(environment.size(), properties.size());
    }
}
