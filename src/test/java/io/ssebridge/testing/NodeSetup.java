package io.ssebridge.testing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How to start a {@link TestNode}.
 *
 * @param config the configuration file's text; null for none, which is demo mode
 * @param environment {@code SSE_} variables and the like
 * @param jvmOptions for java, before {@code -jar}
 * @param arguments for the bridge, after the jar
 */
public record NodeSetup(
        @Nullable String config, Map<String, String> environment, List<String> jvmOptions, List<String> arguments) {
    /** The HMAC secret of {@link #DEFAULT} and {@link Tokens}. */
    public static final String SECRET = "a secret for tests only, 32 bytes or more";

    /** A configuration for most tests: tokens by {@link Tokens}, {@code public.**} open to all, quick to retry and to drain. */
    public static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            stream: {retry: 100ms}
            shutdown: {drain: 1s}
            channels:
              - {channel: "sse", subscribe: public}
              - {channel: "public.{name}", subscribe: public, publish: public}
              - {channel: "users.{sub}.**", subscribe: owner}
              - {channel: "team.{name}"}
              - {channel: "**"}
            """.formatted(SECRET);

    /** A node with {@link #CONFIG}. */
    public static final NodeSetup DEFAULT = of(CONFIG);

    /** A node without configuration: demo mode. */
    public static final NodeSetup DEMO = new NodeSetup(null, Map.of(), List.of(), List.of());

    /** Copies the collections. */
    public NodeSetup {
        environment = Map.copyOf(environment);
        jvmOptions = List.copyOf(jvmOptions);
        arguments = List.copyOf(arguments);
    }

    /**
     * A node with a configuration of its own.
     *
     * @param config the configuration file's text
     */
    public static NodeSetup of(String config) {
        return new NodeSetup(config, Map.of(), List.of(), List.of());
    }

    /**
     * The same with one more environment variable.
     *
     * @param name such as {@code SSE_STREAM_HEARTBEAT}
     * @param value its value
     */
    public NodeSetup env(String name, String value) {
        Map<String, String> more = new HashMap<>(environment);
        more.put(name, value);
        return new NodeSetup(config, more, jvmOptions, arguments);
    }

    /**
     * The same with one more option for java.
     *
     * @param option such as {@code -Xmx64m}
     */
    public NodeSetup jvm(String option) {
        return new NodeSetup(config, environment, and(jvmOptions, option), arguments);
    }

    /**
     * The same with one more argument for the bridge.
     *
     * @param argument such as {@code --standalone}
     */
    public NodeSetup argument(String argument) {
        return new NodeSetup(config, environment, jvmOptions, and(arguments, argument));
    }

    /** The same with event loops for its shards as on a machine with four cores, whatever machine this is. */
    public NodeSetup severalShardLoops() {
        return jvm("-XX:ActiveProcessorCount=4");
    }

    private static List<String> and(List<String> list, String last) {
        List<String> longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }
}
