package io.ssebridge;

import io.ssebridge.access.AuthOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.time.Duration;

/** Signs tokens with the configured secret, as the configured verifier wants them. Any thread. */
final class TokenMint {
    private final AuthOptions auth;
    private final String algorithm;
    private final JWTAuth signer;

    /**
     * Takes the key.
     *
     * @throws IllegalArgumentException if there is no secret to sign with
     */
    TokenMint(Vertx vertx, AuthOptions auth) {
        this.auth = auth;
        String secret = auth.secret()
                .orElseThrow(() ->
                        new IllegalArgumentException("auth.jwt.secret: missing (expected: a secret to sign with)"));
        algorithm = auth.algorithms().get(0);
        PubSecKeyOptions key = new PubSecKeyOptions().setAlgorithm(algorithm).setBuffer(secret);
        signer = JWTAuth.create(vertx, new JWTAuthOptions().addPubSecKey(key));
    }

    /** Adds {@code iat}, {@code exp}, and {@code iss} and {@code aud} where configured, and signs. */
    String sign(JsonObject claims, Duration ttl) {
        JWTOptions options =
                new JWTOptions().setAlgorithm(algorithm).setExpiresInSeconds(Math.toIntExact(ttl.toSeconds()));
        auth.issuer().ifPresent(options::setIssuer);
        if (!auth.audience().isEmpty()) {
            options.setAudience(auth.audience());
        }
        return signer.generateToken(claims, options);
    }
}
