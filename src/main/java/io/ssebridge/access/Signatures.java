package io.ssebridge.access;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Checks signatures with the only configured key, by means of Vert.x. Any thread. */
final class Signatures {
    private static final List<String> HMAC = List.of("HS256", "HS384", "HS512");

    // A signature is two numbers, each of the size of the curve
    // (https://www.rfc-editor.org/rfc/rfc7518.html#section-3.4). Vert.x would also accept leading zeros.
    private static final Map<String, Integer> ECDSA_BYTES = Map.of("ES256", 64, "ES384", 96, "ES512", 132);

    private final SignatureQueue queue;
    private final JWTAuth crypto;
    private final List<String> algorithms;

    private Signatures(Vertx vertx, String key, List<String> algorithms) {
        // Room for 10,000 clients of one address that return at once after a restart.
        this.queue = new SignatureQueue(vertx, 2 * HeapShare.bytes());
        this.algorithms = algorithms;
        JWTAuthOptions options = new JWTAuthOptions();
        for (String algorithm : algorithms) {
            options.addPubSecKey(new PubSecKeyOptions().setAlgorithm(algorithm).setBuffer(key));
        }
        // Lifetime checks the times, because Vert.x uses only the clock of the machine.
        crypto = JWTAuth.create(vertx, options.setJWTOptions(new JWTOptions().setIgnoreExpiration(true)));
    }

    /**
     * Loads the configured key; the result is empty if there is no key. Vert.x is never called without a key, because
     * it would then accept unsigned tokens.
     */
    static Optional<Signatures> load(Vertx vertx, AuthOptions options) {
        if (options.publicKeyPem().isPresent()) {
            PublicKeyPem key = PublicKeyPem.parse(options.publicKeyPem().get());
            return Optional.of(new Signatures(vertx, key.text(), allowed(options.algorithms(), key.algorithms())));
        }
        return options.secret().map(secret -> new Signatures(vertx, secret, allowed(options.algorithms(), HMAC)));
    }

    private static List<String> allowed(List<String> configured, List<String> possible) {
        return configured.isEmpty() ? possible.subList(0, 1) : List.copyOf(configured);
    }

    /** Refuses a token if its algorithm or signature length does not fit this key. This needs no cryptography. */
    void check(Jwt jwt) throws Refusal {
        if (!algorithms.contains(jwt.algorithm())) {
            throw new Refusal("algorithm not allowed");
        }
        int bytes = ECDSA_BYTES.getOrDefault(jwt.algorithm(), jwt.signatureBytes());
        if (jwt.signatureBytes() != bytes) {
            throw new Refusal("signature");
        }
    }

    /**
     * Checks the signature of a token. Call it only for tokens that have passed {@link #check} and {@link TokenLifetime}.
     *
     * @param token the token
     * @param algorithm its algorithm
     * @param client the client that takes turns with others
     * @param gone returns true once the caller no longer waits for the answer; called on any thread
     * @return whether the signature is valid; empty: too many checks wait
     */
    Future<Optional<Boolean>> hold(String token, String algorithm, String client, BooleanSupplier gone) {
        return algorithm.startsWith("ES")
                // 0.8 ms each: too long for an event loop. RS256 takes 0.07, HS256 0.01.
                ? queue.check(token, client, gone, () -> authenticate(token).succeeded())
                : authenticate(token).map(user -> Optional.of(true)).otherwise(Optional.of(false));
    }

    /** Verifies a token. The future is complete at once, because Vert.x computes it on the calling thread. */
    private Future<?> authenticate(String token) {
        return crypto.authenticate(new TokenCredentials(token));
    }

    /** Returns the number of signatures that wait to be checked. */
    int waiting() {
        return queue.size();
    }
}
