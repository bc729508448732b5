package io.ssebridge;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.Caller;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRuleReader;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.PersonalizeRule;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.RuleHooks;
import io.ssebridge.channel.Service;
import io.ssebridge.cluster.ClusterOptions;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Reference;
import io.ssebridge.config.Section;
import io.ssebridge.control.DisconnectOptions;
import io.ssebridge.hook.Authorizer;
import io.ssebridge.hook.LocalServices;
import io.ssebridge.hook.SnapshotSource;
import io.ssebridge.http.HttpOptions;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.management.ManagementOptions;
import io.ssebridge.personal.Personalizer;
import io.ssebridge.presence.PresenceOptions;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.tls.TlsOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
 * @param presence how changes of presence are told
 * @param limits the limits of one node
 * @param disconnect what follows when a subject is disconnected
 * @param shutdown how the node stops
 * @param demo whether the bridge runs as a demo: without a configured key, on loopback only
 * @param callers finds the caller of a request in the application's own way, such as by its session; empty: by a token. If
 *     the future fails with an {@link io.vertx.ext.web.handler.HttpException} of status 401, the client gets 401
 * @param personalizers objects of the application that make the data of personalised channels, by the addresses in the
 *     rules
 * @param services services of the application in this JVM, by the address that rules name
 */
public record BridgeOptions(
        HttpOptions http,
        ManagementOptions management,
        ClusterOptions cluster,
        AuthOptions auth,
        StreamOptions stream,
        ChannelRules channels,
        PresenceOptions presence,
        LimitOptions limits,
        DisconnectOptions disconnect,
        ShutdownOptions shutdown,
        boolean demo,
        Optional<Function<RoutingContext, Future<Caller>>> callers,
        Map<String, Personalizer> personalizers,
        LocalServices services) {
    // Literal addresses only, because the address of a name may change.
    private static final Pattern LOOPBACK = Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|::1");

    // Some keys stand in place of others.
    private static final List<String> SAMPLES = List.of(
            "{auth: {cookie: a}, channels: [{channel: a, history: none, authorize: s}]}",
            "channels: [{channel: a, subscribe: {role: r}, initial: s}]",
            """
            auth: {cookie: {}}
            channels:
              - channel: a
                publish: {allow: public}
                history: {}
                personalize: {by: [sub], address: s}
                authorize: {address: s}
                initial: {address: s}
            """);

    /**
     * Checks the rules that concern several options.
     *
     * @throws IllegalArgumentException if the options contradict each other; the message begins with a key
     */
    public BridgeOptions {
        personalizers = Map.copyOf(personalizers);
        if (demo) {
            checkLoopback(http.host());
        }
    }

    /**
     * Checks that the bridge can know the callers that its rules require.
     *
     * @throws IllegalArgumentException if rules need tokens and there is no key
     */
    @CanIgnoreReturnValue
    BridgeOptions checkKey() {
        if (!demo && !auth.hasKey() && callers.isEmpty()) {
            checkNoTokensNeeded(channels.all());
        }
        return this;
    }

    /**
     * Checks that the node asks for the certificates that its rules require.
     *
     * @throws IllegalArgumentException if rules need certificates of clients, but the options have no authority for these certificates
     */
    @CanIgnoreReturnValue
    private BridgeOptions checkAuthority() {
        boolean isGiven = http.tls().flatMap(TlsOptions::authority).isPresent();
        List<ChannelRule> rules = channels.all();
        for (int i = 0; i < rules.size(); i++) {
            if (!isGiven && rules.get(i).publish().equals(Requirement.CERTIFICATE)) {
                throw new IllegalArgumentException(
                        "channels[%d].publish: certificate needs http.tls.clientCa (expected: the PEM file of the authority that signs the certificates of publishers)"
                                .formatted(i));
            }
        }
        return this;
    }

    /**
     * Returns the same options with another way to find the caller of a request. Tokens are ignored then, and there is no
     * endpoint {@code session}.
     *
     * @param callers called on the event loop of the request, for each stream, publish and history request
     */
    public BridgeOptions callers(Function<RoutingContext, Future<Caller>> callers) {
        return with(Optional.of(callers), personalizers, services);
    }

    /**
     * Returns the same options with an object of the application that makes the data for readers. This node asks it in place
     * of the service with this address on the event bus. Every node needs such an object, or reaches that service.
     *
     * @param address the {@code personalize.address} of a rule
     * @param personalizer called on an event loop of the node
     * @throws IllegalArgumentException if no rule names the address
     */
    public BridgeOptions personalizer(String address, Personalizer personalizer) {
        if (channels.all().stream().noneMatch(rule -> isAskedFor(rule, address))) {
            throw new IllegalArgumentException(
                    "personalizer: %s (expected: the personalize.address of a rule)".formatted(address));
        }
        Map<String, Personalizer> all = new HashMap<>(personalizers);
        all.put(address, personalizer);
        return with(callers, all, services);
    }

    /**
     * Returns the same options with a service in this JVM. It is asked instead of a service on the event bus. All nodes of the
     * cluster need it.
     *
     * @param address the address of the service in rules
     * @param authorizer decides whether callers may subscribe
     */
    public BridgeOptions authorizer(String address, Authorizer authorizer) {
        return with(callers, personalizers, services.withAuthorizer(address, authorizer));
    }

    /**
     * Returns the same options with a service in this JVM. It is asked instead of a service on the event bus. All nodes of the
     * cluster need it.
     *
     * @param address the address of the service in rules
     * @param source gives the first events of streams
     */
    public BridgeOptions snapshots(String address, SnapshotSource source) {
        return with(callers, personalizers, services.withSnapshots(address, source));
    }

    private BridgeOptions with(
            Optional<Function<RoutingContext, Future<Caller>>> finder,
            Map<String, Personalizer> objects,
            LocalServices others) {
        return new BridgeOptions(
                http,
                management,
                cluster,
                auth,
                stream,
                channels,
                presence,
                limits,
                disconnect,
                shutdown,
                demo,
                finder,
                objects,
                others);
    }

    private static boolean isAskedFor(ChannelRule rule, String address) {
        PersonalizeRule personalize = rule.personalize();
        return personalize != null && personalize.address().equals(address);
    }

    /**
     * Checks that a rule names each service of the application.
     *
     * @throws IllegalArgumentException if one has an address that no rule names
     */
    @CanIgnoreReturnValue
    BridgeOptions checkServices() {
        checkNamed("authorize", services.authorizers().keySet(), RuleHooks::authorize);
        checkNamed(
                "initial",
                services.snapshots().keySet(),
                hooks -> hooks.initial() == null ? null : hooks.initial().service());
        return this;
    }

    private void checkNamed(String key, Set<String> addresses, Function<RuleHooks, @Nullable Service> service) {
        for (String address : addresses) {
            boolean isNamed = channels.all().stream()
                    .map(rule -> service.apply(rule.hooks()))
                    .anyMatch(named -> named != null && address.equals(named.address()));
            if (!isNamed) {
                throw new IllegalArgumentException(
                        "channels: no rule has %s: %s, which is a service of the application".formatted(key, address));
            }
        }
    }

    /**
     * Checks what depends on the objects of the application.
     *
     * @throws IllegalArgumentException as above
     */
    BridgeOptions checkAll() {
        return checkKey().checkServices();
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
                    "channels[%d].%s: %s for %s needs tokens, but there is no key to check them (expected: auth.jwt.secret, auth.jwt.publicKey or auth.jwt.jwks, or public or none here)"
                            .formatted(index, key, requirement.kind().name().toLowerCase(Locale.ROOT), rule.channel()));
        }
    }

    /**
     * Reads a whole configuration.
     *
     * @param root the outermost section
     */
    public static BridgeOptions from(Section root) {
        return root.build(() -> read(root, false).checkKey().checkAuthority());
    }

    /**
     * Reads the options of a program that embeds the bridge. The keys are those of the configuration file, in the same
     * sections: {@code {"http": {"port": 8090}, "stream": {"heartbeat": "30s"}}}. A key that is missing has its default.
     * A number or boolean counts as its text. Neither environment variables nor system properties are read.
     *
     * <p>Rules that need tokens also need a key or {@link #callers(Function)}; {@link Bridge#open} checks it.
     *
     * @param json the sections {@code http}, {@code cluster}, {@code auth} and so on
     * @throws ConfigException if a key is unknown or a value is wrong; the message names the key, the value that was
     *     found and the value that was expected
     */
    public static BridgeOptions of(JsonObject json) {
        return Configuration.of("options", json).read(root -> root.build(() -> read(root, false)));
    }

    /**
     * Returns the options with the keys of the configuration, as {@link #of} reads them. <b>The secret for tokens is
     * included</b>: do not log the result. Durations are written in whole milliseconds.
     *
     * <p>{@code BridgeOptions.of(options.toJson())} equals {@code options}, except for a demo. {@code demo} is not a
     * key and is left out. {@link #callers}, {@link #personalizers} and {@link #services} are left out too.
     *
     * @throws IllegalStateException if the configuration cannot express a rule; see {@link ChannelRule#toJson}
     */
    public JsonObject toJson() {
        return withoutChannels().put("channels", channels.toJson());
    }

    /** Returns the same without the rules, which may not be expressible. */
    JsonObject withoutChannels() {
        return new JsonObject()
                .put("http", http.toJson())
                .put("management", management.toJson())
                .put("cluster", cluster.toJson())
                .put("auth", auth.toJson())
                .put("stream", stream.toJson())
                .put("presence", presence.toJson())
                .put("limits", limits.toJson())
                .put("disconnect", disconnect.toJson())
                .put("shutdown", shutdown.toJson());
    }

    /**
     * Reads the configuration of a demo, which needs no key.
     *
     * @param root the outermost section
     */
    public static BridgeOptions demo(Section root) {
        return root.build(() -> read(root, true));
    }

    /** Returns all keys with their types, defaults and effects. */
    public static Reference reference() {
        return Reference.of(root -> root.build(() -> read(root, false)), SAMPLES);
    }

    private static BridgeOptions read(Section root, boolean demo) {
        return new BridgeOptions(
                HttpOptions.from(root.section("http")),
                ManagementOptions.from(root.section("management")),
                ClusterOptions.from(root.section("cluster")),
                AuthOptions.from(root.section("auth")),
                StreamOptions.from(root.section("stream")),
                ChannelRuleReader.rules(root),
                PresenceOptions.from(root.section("presence")),
                LimitOptions.from(root.section("limits")),
                DisconnectOptions.from(root.section("disconnect")),
                ShutdownOptions.from(root.section("shutdown"), demo ? ShutdownOptions.DEMO : ShutdownOptions.DEFAULT),
                demo,
                Optional.empty(),
                Map.of(),
                LocalServices.NONE);
    }

    /** Returns the same options with other rules. */
    BridgeOptions withChannels(ChannelRules rules) {
        return new BridgeOptions(
                http,
                management,
                cluster,
                auth,
                stream,
                rules,
                presence,
                limits,
                disconnect,
                shutdown,
                demo,
                callers,
                personalizers,
                services);
    }

    /** Returns the same options with another secret for tokens. */
    BridgeOptions withSecret(String secret) {
        return new BridgeOptions(
                http,
                management,
                cluster,
                auth.withSecret(secret),
                stream,
                channels,
                presence,
                limits,
                disconnect,
                shutdown,
                demo,
                callers,
                personalizers,
                services);
    }
}
