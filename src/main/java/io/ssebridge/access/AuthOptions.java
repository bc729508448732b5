package io.ssebridge.access;

import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The accepted tokens, the ways to send them, and the claims that are read from them.
 *
 * @param secret the secret for HMAC tokens, at least 32 bytes of UTF-8; not allowed together with a public key
 * @param publicKeyPem the key in PEM that verifies signatures; not allowed together with a secret
 * @param algorithms the accepted algorithms. Default with a secret: HS256. With a public key an empty list stays empty
 *     and means the default algorithm of the key
 * @param issuer the required value of the claim {@code iss}, if present
 * @param audience the claim {@code aud} must name one of these values, if there are any
 * @param leeway the largest tolerated difference between the clocks of issuer and node; 5 s by default, at most 10 min
 * @param claim the claim that lists the rights on channels; {@code channels} by default
 * @param subject the claim that names the subject; {@code sub} by default
 * @param cookie the session cookie
 * @param accessTokenParameter whether the query may contain a token, where proxies log it; false by default
 */
public record AuthOptions(
        Optional<String> secret,
        Optional<String> publicKeyPem,
        List<String> algorithms,
        Optional<String> issuer,
        List<String> audience,
        Duration leeway,
        String claim,
        String subject,
        CookieOptions cookie,
        boolean accessTokenParameter) {
    private static final int LEAST_SECRET_BYTES = 32;
    private static final List<String> SECRET_ALGORITHMS = List.of("HS256", "HS384", "HS512");
    private static final Range<Duration> LEEWAYS = Range.ofDurations(Duration.ZERO, Duration.ofMinutes(10));

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if an option is wrong; the message begins with its key and never contains a
     *     secret
     */
    public AuthOptions {
        if (secret.isPresent() && publicKeyPem.isPresent()) {
            throw new IllegalArgumentException(
                    "jwt.publicKey: given together with jwt.secret (expected: one of the two)");
        }
        secret.ifPresent(AuthOptions::checkSecret);
        // Both kinds of key together would allow a known attack: a token "signed" by HMAC with the public key as the
        // secret.
        List<String> allowed =
                publicKeyPem.map(pem -> PublicKeyPem.parse(pem).algorithms()).orElse(SECRET_ALGORITHMS);
        for (int i = 0; i < algorithms.size(); i++) {
            if (!allowed.contains(algorithms.get(i))) {
                throw new IllegalArgumentException("jwt.algorithms[%d]: \"%s\" (expected: of %s with %s)"
                        .formatted(
                                i,
                                algorithms.get(i),
                                String.join(", ", allowed),
                                publicKeyPem.isPresent() ? "this key" : "a secret"));
            }
        }
        algorithms = algorithms.isEmpty() && secret.isPresent() ? List.of("HS256") : List.copyOf(algorithms);
        audience = List.copyOf(audience);
        LEEWAYS.check("jwt.leeway", leeway);
    }

    private static void checkSecret(String secret) {
        if (PublicKeyText.hasKey(secret)) {
            // Everybody who can read a public key could sign tokens if it were used as an HMAC secret.
            throw new IllegalArgumentException("jwt.secret: is a PEM key (expected: under jwt.publicKey)");
        }
        int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < LEAST_SECRET_BYTES) {
            throw new IllegalArgumentException(
                    "jwt.secret: %d bytes (expected: at least %d bytes of UTF-8)".formatted(bytes, LEAST_SECRET_BYTES));
        }
    }

    /**
     * Reads the section {@code auth}.
     *
     * @param auth the section
     */
    public static AuthOptions from(Section auth) {
        Section jwt = auth.section("jwt");
        return auth.build(() -> new AuthOptions(
                jwt.parsed("secret", SecretText::read),
                jwt.parsed("publicKey", PublicKeyText::read),
                jwt.texts("algorithms"),
                jwt.optionalText("issuer"),
                jwt.textOrTexts("audience"),
                jwt.quantity("leeway", Duration.ofSeconds(5), LEEWAYS),
                auth.text("claim", "channels"),
                auth.text("subject", "sub"),
                CookieOptions.from(auth),
                auth.flag("accessTokenParameter", false)));
    }

    /**
     * Returns the options as the section {@code auth}, with the keys of the configuration. <b>The secret is included</b>,
     * and the public key itself, not the path of its file: do not log the result.
     */
    public JsonObject toJson() {
        JsonObject jwt = new JsonObject();
        secret.ifPresent(given -> jwt.put("secret", given));
        publicKeyPem.ifPresent(given -> jwt.put("publicKey", given));
        issuer.ifPresent(given -> jwt.put("issuer", given));
        jwt.put("algorithms", new JsonArray(new ArrayList<>(algorithms)))
                .put("audience", new JsonArray(new ArrayList<>(audience)))
                .put("leeway", LEEWAYS.write(leeway));
        return new JsonObject()
                .put("jwt", jwt)
                .put("claim", claim)
                .put("subject", subject)
                .put("cookie", cookie.toJson())
                .put("accessTokenParameter", accessTokenParameter);
    }

    /** Returns whether there is a key to check tokens with. */
    public boolean hasKey() {
        return secret.isPresent() || publicKeyPem.isPresent();
    }

    /**
     * Returns the same options with a secret as the key.
     *
     * @param drawn at least 32 bytes
     */
    public AuthOptions withSecret(String drawn) {
        return new AuthOptions(
                Optional.of(drawn),
                Optional.empty(),
                List.of(),
                issuer,
                audience,
                leeway,
                claim,
                subject,
                cookie,
                accessTokenParameter);
    }

    /** Shows everything except the keys, because options are often logged. */
    @Override
    public String toString() {
        return "AuthOptions[key=%s, algorithms=%s, issuer=%s, audience=%s, leeway=%s, claim=%s, subject=%s, cookie=%s, accessTokenParameter=%s]"
                .formatted(
                        secret.isPresent() ? "secret" : publicKeyPem.isPresent() ? "publicKey" : "none",
                        algorithms,
                        issuer,
                        audience,
                        leeway,
                        claim,
                        subject,
                        cookie,
                        accessTokenParameter);
    }
}
