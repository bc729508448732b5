package io.ssebridge.cli;

import io.ssebridge.BridgeOptions;
import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.TokenMint;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.config.ConfigException;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Prints a token and nothing else, so that a script can use the output. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "Mints a token, signed with the configured auth.jwt.secret, or the first of auth.jwt.secrets.")
final class TokenCommand implements Callable<Integer> {
    private final OptionsLoader loader;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--sub", required = true, paramLabel = "SUBJECT", description = "the subject of the token")
    private String subject = "";

    @Option(names = "--subscribe", paramLabel = "PATTERN", description = "channels to subscribe to; repeatable")
    private List<ChannelPattern> subscribe = new ArrayList<>();

    @Option(names = "--publish", paramLabel = "PATTERN", description = "channels to publish on; repeatable")
    private List<ChannelPattern> publish = new ArrayList<>();

    @Option(names = "--admin", paramLabel = "PATTERN", description = "channels to administer; repeatable")
    private List<ChannelPattern> admin = new ArrayList<>();

    @Option(names = "--property", paramLabel = "NAME=VALUE", description = "a public property; repeatable")
    private Map<String, String> properties = new LinkedHashMap<>();

    @Option(names = "--ttl", paramLabel = "DURATION", description = "how long it is good: 10m, 1h (default), 1d")
    private Duration ttl = Duration.ofHours(1);

    @Option(names = "-conf", paramLabel = "FILE", description = "the configuration; else conf/config.yaml if there")
    private Optional<Path> conf = Optional.empty();

    TokenCommand(OptionsLoader loader) {
        this.loader = loader;
    }

    @Override
    public Integer call() {
        BridgeOptions options = loader.load(NodeCommand.conf(spec.commandLine(), conf));
        AuthOptions auth = options.auth();
        if (auth.keys().signingSecret().isEmpty()) {
            throw new ConfigException(noSecret(options));
        }
        Vertx vertx = Vertx.vertx();
        try {
            spec.commandLine().getOut().println(new TokenMint(vertx, auth).sign(claims(auth), ttl));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(String.valueOf(e.getMessage()));
        } finally {
            vertx.close().await();
        }
        return 0;
    }

    private static String noSecret(BridgeOptions options) {
        if (options.auth().hasKey()) {
            return "auth.jwt.secret: missing (expected: a secret to sign with; tokens for auth.jwt.publicKey and auth.jwt.jwks come from the issuer that has the private key)";
        }
        return options.demo()
                ? "auth.jwt.secret: missing, and without a configuration this is demo mode: its nodes draw a key of their own (expected: the nodes' secret in SSE_AUTH_JWT_SECRET or in -conf FILE; in demo mode POST /demo/session makes a session)"
                : "auth.jwt.secret: missing (expected: the nodes' secret, in SSE_AUTH_JWT_SECRET or in -conf FILE)";
    }

    private JsonObject claims(AuthOptions auth) {
        JsonObject channels = new JsonObject()
                .put("subscribe", texts(subscribe))
                .put("publish", texts(publish))
                .put("admin", texts(admin));
        return new JsonObject()
                .put(auth.subject(), subject)
                .put(auth.claim(), channels)
                .put("properties", new JsonObject(new LinkedHashMap<>(properties)));
    }

    private static JsonArray texts(List<ChannelPattern> patterns) {
        return new JsonArray(patterns.stream().map(ChannelPattern::toString).toList());
    }
}
