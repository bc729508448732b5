package io.ssebridge.access;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Checks signatures with the one configured key, by Vert.x. Any thread. */
final class Signatures {
    private static final List<String> HMAC = List.of("HS256", "HS384", "HS512");

    private final Vertx vertx;
    private final JWTAuth crypto;
    private final List<String> algorithms;

    private Signatures(Vertx vertx, String key, List<String> algorithms) {
        this.vertx = vertx;
        this.algorithms = algorithms;
        JWTAuthOptions options = new JWTAuthOptions();
        for (String algorithm : algorithms) {
            options.addPubSecKey(new PubSecKeyOptions().setAlgorithm(algorithm).setBuffer(key));
        }
        // Time is Lifetime's business: Vert.x knows only the machine's clock.
        crypto = JWTAuth.create(vertx, options.setJWTOptions(new JWTOptions().setIgnoreExpiration(true)));
    }

    /**
     * Loads the configured key; empty where there is none. Never is Vert.x asked without a key: it would then accept
     * unsigned tokens.
     */
    static Optional<Signatures> load(Vertx vertx, AuthOptions options) {
        if (options.publicKeyPem().isPresent()) {
            PublicKeyPem key = PublicKeyPem.parse(options.publicKeyPem().get());
            return Optional.of(new Signatures(vertx, key.text(), allowed(options.algorithms(), key.algorithms())));
        }
        return options.secret()
                .map(Signatures::checkedSecret)
                .map(secret -> new Signatures(vertx, secret, allowed(options.algorithms(), HMAC)));
    }

    private static String checkedSecret(String secret) {
        if (secret.contains("-----BEGIN ")) {
            // As an HMAC secret, a public key would let everybody sign who can read it.
            throw new IllegalArgumentException("auth.jwt.secret: is a PEM key (expected: under auth.jwt.publicKey)");
        }
        return secret;
    }

    private static List<String> allowed(List<String> configured, List<String> possible) {
        if (configured.isEmpty()) {
            return possible.subList(0, 1);
        }
        if (!possible.containsAll(configured)) {
            throw new IllegalArgumentException(
                    "auth.jwt.algorithms: %s (expected with this key: some of %s)".formatted(configured, possible));
        }
        return List.copyOf(configured);
    }

    /** Whether the algorithm is on the allow-list. */
    boolean allows(String algorithm) {
        return algorithms.contains(algorithm);
    }

    /** Tells whether the signature of a token holds; call it with what {@link Jwt} and {@link Lifetime} let pass only. */
    Future<Boolean> hold(String token, String algorithm) {
        Future<?> user = algorithm.startsWith("ES")
                // 0.8 ms each: too long for an event loop. RS256 takes 0.07, HS256 0.01.
                ? vertx.executeBlocking(() -> authenticate(token), false).compose(Function.identity())
                : authenticate(token);
        return user.map(true).otherwise(false);
    }

    private Future<?> authenticate(String token) {
        return crypto.authenticate(new TokenCredentials(token));
    }
}
