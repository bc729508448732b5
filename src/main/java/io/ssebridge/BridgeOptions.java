package io.ssebridge;

import io.ssebridge.access.AuthOptions;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRuleReader;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.cluster.ClusterOptions;
import io.ssebridge.config.Section;
import io.ssebridge.http.HttpOptions;
import io.ssebridge.http.ManagementOptions;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.subscriber.StreamOptions;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * All options of a bridge. They cannot be insecure by omission: rules that need a token require a key to check it, and
 * a demo serves loopback only.
 *
 * @param http the options of the HTTP server
 * @param management the options of the server for metrics
 * @param cluster the options of the event bus between nodes
 * @param auth the accepted tokens
 * @param stream the options that keep event streams alive
 * @param channels the rules of the channels
 * @param limits the limits of one node
 * @param shutdown how the node stops
 * @param demo whether the bridge runs as a demo: without a configured key, on loopback only
 */
public record BridgeOptions(
        HttpOptions http,
        ManagementOptions management,
        ClusterOptions cluster,
        AuthOptions auth,
        StreamOptions stream,
        ChannelRules channels,
        LimitOptions limits,
        ShutdownOptions shutdown,
        boolean demo) {
    // Literal addresses only, because the address of a name may change.
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|::1");

    /**
     * Checks the rules that concern several options.
     *
     * @throws IllegalArgumentException if the options contradict each other; the message begins with a key
     */
    public BridgeOptions {
        if (demo) {
            checkLoopback(http.host());
        } else if (!auth.hasKey()) {
            checkNoTokensNeeded(channels.all());
        }
    }

    private static void checkLoopback(String host) {
        if (!LOOPBACK.matcher(host).matches()) {
            throw new IllegalArgumentException(
                    "http.host: \"%s\" (expected: 127.0.0.1; demo mode serves loopback only: give a configuration file or auth.jwt.secret)"
                            .formatted(host));
        }
    }

    private static void checkNoTokensNeeded(List<ChannelRule> rules) {
        for (int i = 0; i < rules.size(); i++) {
            checkNoTokenNeeded(i, rules.get(i), "subscribe", rules.get(i).subscribe());
            checkNoTokenNeeded(i, rules.get(i), "publish", rules.get(i).publish());
        }
    }

    private static void checkNoTokenNeeded(int index, ChannelRule rule, String key, Requirement requirement) {
        if (!requirement.needsNoToken()) {
            throw new IllegalArgumentException(
                    "channels[%d].%s: %s for %s needs tokens, but there is no key to check them (expected: auth.jwt.secret or auth.jwt.publicKey, or public or none here)"
                            .formatted(index, key, requirement.kind().name().toLowerCase(Locale.ROOT), rule.channel()));
        }
    }

    /**
     * Reads a whole configuration.
     *
     * @param root the outermost section
     */
    public static BridgeOptions from(Section root) {
        return from(root, false);
    }

    /**
     * Reads the configuration of a demo, which needs no key.
     *
     * @param root the outermost section
     */
    static BridgeOptions demo(Section root) {
        return from(root, true);
    }

    private static BridgeOptions from(Section root, boolean demo) {
        return root.build(() -> new BridgeOptions(
                HttpOptions.from(root.section("http")),
                ManagementOptions.from(root.section("management")),
                ClusterOptions.from(root.section("cluster")),
                AuthOptions.from(root.section("auth")),
                StreamOptions.from(root.section("stream")),
                ChannelRuleReader.rules(root),
                LimitOptions.from(root.section("limits")),
                ShutdownOptions.from(root.section("shutdown"), demo ? ShutdownOptions.DEMO : ShutdownOptions.DEFAULT),
                demo));
    }

    /** Returns the same options with another secret for tokens. */
    BridgeOptions withSecret(String secret) {
        return new BridgeOptions(
                http, management, cluster, auth.withSecret(secret), stream, channels, limits, shutdown, demo);
    }
}
