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
        return options(Optional.empty(), Optional.empty(), List.of(), false);
    }

    static AuthOptions secret(String secret, String... algorithms) {
        return options(Optional.of(secret), Optional.empty(), List.of(algorithms), false);
    }

    static AuthOptions publicKey(String pem, String... algorithms) {
        return options(Optional.empty(), Optional.of(pem), List.of(algorithms), false);
    }

    /** Asks for {@link #ISSUER}. */
    static AuthOptions publicKeyForIssuer(String pem) {
        return new AuthOptions(
                Optional.empty(),
                Optional.of(pem),
                List.of(),
                Optional.of(ISSUER),
                List.of(),
                LEEWAY,
                "channels",
                "sub",
                CookieOptions.DEFAULT,
                false);
    }

    static AuthOptions bothKeys(String pem) {
        return options(Optional.of(SECRET), Optional.of(pem), List.of(), false);
    }

    /** Asks for {@link #ISSUER} and {@link #AUDIENCE}, or "other", too; reads the claims "rights" and "uid". */
    static AuthOptions particular() {
        return options(Optional.of(SECRET), Optional.empty(), List.of(), true);
    }

    private static AuthOptions options(
            Optional<String> secret, Optional<String> publicKeyPem, List<String> algorithms, boolean particular) {
        return new AuthOptions(
                secret,
                publicKeyPem,
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
