package io.ssebridge.access;

import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Which tokens are believed, how they are carried, and what they are read for.
 *
 * @param secret the secret that HMAC tokens are signed with, at least 32 bytes of UTF-8; never with a public key
 * @param publicKeyPem the key, in PEM, that signatures are checked with; never with a secret
 * @param algorithms the only algorithms accepted. None given: HS256 with a secret; with a public key the list stays
 *     empty, for the one algorithm that suits the key
 * @param issuer the claim {@code iss} that every token must have, if given
 * @param audience the claim {@code aud} of every token must name one of them, if any are given
 * @param leeway how far the clocks of issuer and node may differ; 5 s unless given, at most 10 min
 * @param claim the claim that holds the grants on channels; {@code channels} unless given
 * @param subject the claim that names the subject; {@code sub} unless given
 * @param cookie the session cookie's name; {@code sse_token} unless given
 * @param accessTokenParameter whether a token may come in the query, where proxies log it; not unless given
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
        String cookie,
        boolean accessTokenParameter) {
    private static final int LEAST_SECRET_BYTES = 32;
    private static final List<String> SECRET_ALGORITHMS = List.of("HS256", "HS384", "HS512");
    private static final Range<Duration> LEEWAYS = Range.ofDurations(Duration.ZERO, Duration.ofMinutes(10));

    // A token of https://www.rfc-editor.org/rfc/rfc9110.html#name-tokens, as
    // https://www.rfc-editor.org/rfc/rfc6265.html#section-4.1.1 asks of a cookie's name.
    private static final Pattern COOKIE_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message opens with its key, and never tells a secret
     */
    public AuthOptions {
        if (secret.isPresent() && publicKeyPem.isPresent()) {
            throw new IllegalArgumentException("jwt.publicKey: given beside jwt.secret (expected: one of the two)");
        }
        secret.ifPresent(AuthOptions::checkSecret);
        // Both kinds at once would invite the old trick: a token "signed" by HMAC with the public key as secret.
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
        if (!COOKIE_NAME.matcher(cookie).matches()) {
            throw new IllegalArgumentException(
                    "cookie: \"%s\" (expected: letters, digits and !#$%%&'*+-.^_`|~)".formatted(cookie));
        }
    }

    private static void checkSecret(String secret) {
        if (secret.contains("-----BEGIN ")) {
            // As an HMAC secret, a public key would let everybody sign who can read it.
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
                auth.text("cookie", "sse_token"),
                auth.flag("accessTokenParameter", false)));
    }

    /** Whether any token can be checked at all. */
    public boolean hasKey() {
        return secret.isPresent() || publicKeyPem.isPresent();
    }

    /**
     * The same with a secret as the key.
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

    /** Everything but the keys: options find their way into logs. */
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
