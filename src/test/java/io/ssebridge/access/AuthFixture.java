package io.ssebridge.access;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Options of tests. */
final class AuthFixture {
    static final String SECRET = "a secret that is long enough: 32+";
    static final Duration LEEWAY = Duration.ofSeconds(5);
    static final String ISSUER = "https://issuer.example";
    static final String AUDIENCE = "sse";

    private AuthFixture() {}

    static AuthOptions noKey() {
        return options(new KeySource.None(), List.of(), false);
    }

    static AuthOptions secret(String secret, String... algorithms) {
        return options(new KeySource.Secrets(List.of(secret)), List.of(algorithms), false);
    }

    static AuthOptions secrets(String... secrets) {
        return options(new KeySource.Secrets(List.of(secrets)), List.of(), false);
    }

    static AuthOptions publicKey(String pem, String... algorithms) {
        return options(new KeySource.PublicKeys(List.of(pem)), List.of(algorithms), false);
    }

    static AuthOptions publicKeys(String... pems) {
        return options(new KeySource.PublicKeys(List.of(pems)), List.of(), false);
    }

    /** Reads a key set from a file or a URL. */
    static AuthOptions keySet(String location, String... algorithms) {
        return options(new KeySource.KeySet(location), List.of(algorithms), false);
    }

    /** Asks for {@link #ISSUER}. */
    static AuthOptions publicKeyForIssuer(String pem) {
        return new AuthOptions(
                new KeySource.PublicKeys(List.of(pem)),
                List.of(),
                Optional.of(ISSUER),
                List.of(),
                LEEWAY,
                "channels",
                "sub",
                CookieOptions.DEFAULT,
                false);
    }

    /** Asks for {@link #ISSUER} and {@link #AUDIENCE}, or "other", too; reads the claims "rights" and "uid". */
    static AuthOptions particular() {
        return options(new KeySource.Secrets(List.of(SECRET)), List.of(), true);
    }

    private static AuthOptions options(KeySource keys, List<String> algorithms, boolean particular) {
        return new AuthOptions(
                keys,
                algorithms,
                particular ? Optional.of(ISSUER) : Optional.empty(),
                particular ? List.of(AUDIENCE, "other") : List.of(),
                LEEWAY,
                particular ? "rights" : "channels",
                particular ? "uid" : "sub",
                CookieOptions.DEFAULT,
                false);
    }
}
