package io.ssebridge.access;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.time.Duration;

/** Signs tokens with the configured secret, or the first one of several, in the form that the configured verifier accepts. Any thread. */
public final class TokenMint {
    private final AuthOptions auth;
    private final String algorithm;
    private final JWTAuth signer;

    /**
     * Creates a mint with the configured secret.
     *
     * @param vertx for the signing
     * @param auth contains the secret and the form of the tokens
     * @throws IllegalArgumentException if no secret is configured
     */
    public TokenMint(Vertx vertx, AuthOptions auth) {
        this.auth = auth;
        String secret = auth.keys()
                .signingSecret()
                .orElseThrow(() ->
                        new IllegalArgumentException("auth.jwt.secret: missing (expected: a secret to sign with)"));
        algorithm = auth.algorithms().get(0);
        PubSecKeyOptions key = new PubSecKeyOptions().setAlgorithm(algorithm).setBuffer(secret);
        signer = JWTAuth.create(vertx, new JWTAuthOptions().addPubSecKey(key));
    }

    /**
     * Signs claims. It adds {@code iat} and {@code exp}, and {@code iss} and {@code aud} if they are configured.
     *
     * @param claims all other claims
     * @param ttl the time until the token expires
     */
    public String sign(JsonObject claims, Duration ttl) {
        JWTOptions options =
                new JWTOptions().setAlgorithm(algorithm).setExpiresInSeconds(Math.toIntExact(ttl.toSeconds()));
        auth.issuer().ifPresent(options::setIssuer);
        if (!auth.audience().isEmpty()) {
            options.setAudience(auth.audience());
        }
        return signer.generateToken(claims, options);
    }
}
