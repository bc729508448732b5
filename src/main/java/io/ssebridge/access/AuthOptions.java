package io.ssebridge.access;

import io.ssebridge.config.Key;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The accepted tokens, the ways to send them, and the claims that are read from them.
 *
 * @param keys where the keys come from that check tokens
 * @param algorithms the accepted algorithms. Default with secrets: HS256. With public keys an empty list stays empty and
 *     means the default algorithm of each key
 * @param issuer the required value of the claim {@code iss}, if present
 * @param audience the claim {@code aud} must name one of these values, if there are any
 * @param leeway the largest tolerated difference between the clocks of issuer and node; 5 s by default, at most 10 min
 * @param claim the claim that lists the rights on channels; {@code channels} by default
 * @param subject the claim that names the subject; {@code sub} by default
 * @param cookie the session cookie
 * @param accessTokenParameter whether the query may contain a token, where proxies log it; false by default
 */
public record AuthOptions(
        KeySource keys,
        List<String> algorithms,
        Optional<String> issuer,
        List<String> audience,
        Duration leeway,
        String claim,
        String subject,
        CookieOptions cookie,
        boolean accessTokenParameter) {
    private static final List<String> KEYS = List.of("secret", "secrets", "publicKey", "jwks");
    private static final Range<Duration> LEEWAYS = Range.ofDurations(Duration.ZERO, Duration.ofMinutes(10));

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if an option is wrong; the message begins with its key and never contains a
     *     secret
     */
    public AuthOptions {
        // Both kinds of key together would allow a known attack: a token "signed" by HMAC with the public key as the
        // secret.
        List<String> allowed = possible(keys);
        for (int i = 0; i < algorithms.size(); i++) {
            if (!allowed.contains(algorithms.get(i))) {
                throw new IllegalArgumentException("jwt.algorithms[%d]: \"%s\" (expected: of %s with %s)"
                        .formatted(i, algorithms.get(i), String.join(", ", allowed), kind(keys)));
            }
        }
        algorithms = algorithms.isEmpty() && keys instanceof KeySource.Secrets
                ? List.of(JwsAlgorithm.HS256.text())
                : List.copyOf(algorithms);
        audience = List.copyOf(audience);
        LEEWAYS.check("jwt.leeway", leeway);
    }

    private static List<String> possible(KeySource keys) {
        List<JwsAlgorithm> possible = JwsAlgorithm.HMAC;
        if (keys instanceof KeySource.PublicKeys given) {
            possible = PublicKeyPem.parse(given.pems()).stream()
                    .flatMap(key -> key.algorithms().stream())
                    .distinct()
                    .toList();
        } else if (keys instanceof KeySource.KeySet) {
            possible = JwsAlgorithm.PUBLIC;
        }
        return possible.stream().map(JwsAlgorithm::text).toList();
    }

    private static String kind(KeySource keys) {
        if (keys instanceof KeySource.KeySet) {
            return "a key set";
        }
        return keys instanceof KeySource.PublicKeys given
                ? given.pems().size() == 1 ? "this key" : "these keys"
                : "a secret";
    }

    /**
     * Reads the section {@code auth}.
     *
     * @param auth the section
     */
    public static AuthOptions from(Section auth) {
        Section jwt = auth.section("jwt");
        return auth.build(() -> new AuthOptions(
                keys(jwt),
                jwt.texts(Key.live("algorithms", "list of names", "The accepted algorithms; see [below](#algorithms)")
                        .byDefault("by the key")),
                jwt.optionalText(Key.live("issuer", "The `iss` that every token must have")),
                jwt.textOrTexts(Key.live(
                        "audience", "text or list of texts", "The `aud` of every token must name one of them")),
                jwt.quantity(
                        Key.live("leeway", "The largest tolerated difference between clocks"),
                        Duration.ofSeconds(5),
                        LEEWAYS),
                auth.text(Key.live("claim", "The claim with the patterns of channels"), "channels"),
                auth.text(Key.live("subject", "The claim with the subject"), "sub"),
                CookieOptions.from(auth),
                auth.flag(
                        Key.live("accessTokenParameter", "Whether `?access_token=` can carry a token; proxies log it"),
                        false)));
    }

    private static KeySource keys(Section jwt) {
        Optional<String> secret = jwt.parsed(
                Key.live(
                        "secret",
                        "The HMAC secret that signs tokens, at least 32 bytes: the secret itself, not the path of a file"),
                SecretText::read);
        List<String> secrets = each(
                "secrets",
                jwt.texts(
                        Key.live(
                                "secrets",
                                "[Several secrets](keys.md#rotate-a-secret), at most four; all are accepted, the first one signs")),
                SecretText::read);
        List<String> keysOrFiles = jwt.textOrTexts(Key.live(
                "publicKey",
                "PEM or path, or list of them",
                "The public key that verifies signatures: RSA of at least 2048 bits, P-256, P-384, P-521 or Ed25519"));
        keysOrFiles.forEach(text -> PublicKeyText.file(text).ifPresent(jwt::dependsOn));
        List<String> publicKeys = each("publicKey", keysOrFiles, PublicKeyText::read);
        Optional<String> keySet = jwt.parsed(
                Key.live(
                        "jwks",
                        "URL or path",
                        "A [key set](keys.md#rotate-a-key-without-a-restart) (JWKS) that may change while the node runs"),
                KeySetLocation::read);
        List<String> given = KEYS.stream().filter(jwt::has).toList();
        if (given.size() > 1) {
            throw new IllegalArgumentException("jwt.%s: given together with jwt.%s (expected: one of the two)"
                    .formatted(given.get(1), given.get(0)));
        }
        if (jwt.has("secrets")) {
            return new KeySource.Secrets(secrets);
        }
        if (jwt.has("publicKey")) {
            return new KeySource.PublicKeys(publicKeys);
        }
        return secret.<KeySource>map(text -> new KeySource.Secrets(List.of(text)))
                .or(() -> keySet.map(KeySource.KeySet::new))
                .orElseGet(KeySource.None::new);
    }

    /** Reads each text of a list. An error message begins with the key of the text. */
    private static List<String> each(String key, List<String> texts, UnaryOperator<String> meaning) {
        List<String> read = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            try {
                read.add(meaning.apply(texts.get(i)));
            } catch (IllegalArgumentException e) {
                // One public key may stand without a list.
                String path = texts.size() == 1 && key.equals("publicKey") ? key : "%s[%d]".formatted(key, i);
                throw new IllegalArgumentException("jwt.%s: %s".formatted(path, e.getMessage()), e);
            }
        }
        return read;
    }

    /**
     * Returns the options as the section {@code auth}, with the keys of the configuration. <b>The secret is included</b>,
     * and each public key itself, not the path of its file: do not log the result.
     */
    public JsonObject toJson() {
        JsonObject jwt = keysToJson();
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

    private JsonObject keysToJson() {
        JsonObject jwt = new JsonObject();
        if (keys instanceof KeySource.Secrets given) {
            return given.secrets().size() == 1
                    ? jwt.put("secret", given.secrets().get(0))
                    : jwt.put("secrets", new JsonArray(new ArrayList<>(given.secrets())));
        }
        if (keys instanceof KeySource.PublicKeys given) {
            return given.pems().size() == 1
                    ? jwt.put("publicKey", given.pems().get(0))
                    : jwt.put("publicKey", new JsonArray(new ArrayList<>(given.pems())));
        }
        return keys instanceof KeySource.KeySet given ? jwt.put("jwks", given.location()) : jwt;
    }

    /** Returns whether there is a key to check tokens with. */
    public boolean hasKey() {
        return !(keys instanceof KeySource.None);
    }

    /**
     * Returns the same options with a secret as the key.
     *
     * @param drawn at least 32 bytes
     */
    public AuthOptions withSecret(String drawn) {
        return new AuthOptions(
                new KeySource.Secrets(List.of(drawn)),
                List.of(),
                issuer,
                audience,
                leeway,
                claim,
                subject,
                cookie,
                accessTokenParameter);
    }
}
