package io.ssebridge.access;

import static io.ssebridge.access.AuthFixture.SECRET;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.security.KeyPair;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(VertxExtension.class)
class UnusableKeyTest {
    private static final KeyPair RSA = TokenForge.rsa(2048);

    private final Vertx vertx;

    UnusableKeyTest(Vertx vertx) {
        this.vertx = vertx;
    }

    static Stream<Arguments> unusable() {
        String pem = TokenForge.publicPem(RSA);
        return Stream.of(
                unusable("a short secret", () -> AuthFixture.secret("x".repeat(31)), "jwt.secret:"),
                unusable("a PEM key as secret", () -> AuthFixture.secret(pem), "jwt.secret: is a PEM key"),
                unusable("no secret", () -> AuthFixture.secrets(), "jwt.secrets: 0 keys"),
                unusable(
                        "five secrets",
                        () -> AuthFixture.secrets(SECRET, SECRET, SECRET, SECRET, SECRET),
                        "jwt.secrets: 5 keys"),
                unusable("a short second secret", () -> AuthFixture.secrets(SECRET, "x"), "jwt.secrets[1]: 1 bytes"),
                unusable("a second key that is garbage", () -> AuthFixture.publicKeys(pem, "x"), "jwt.publicKey[1]: "),
                unusable("garbage", () -> AuthFixture.publicKey("garbage"), "jwt.publicKey: is not a PEM public key"),
                unusable(
                        "two blocks", () -> AuthFixture.publicKey(pem + pem), "jwt.publicKey: is not a PEM public key"),
                unusable(
                        "garbage in PEM",
                        () -> AuthFixture.publicKey(TokenForge.pem("PUBLIC KEY", new byte[99])),
                        "jwt.publicKey: cannot be read"),
                unusable(
                        "bad base64 in PEM",
                        () -> AuthFixture.publicKey("-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----"),
                        "jwt.publicKey: cannot be read"),
                unusable(
                        "a private key",
                        () -> AuthFixture.publicKey(TokenForge.privatePem(RSA)),
                        "jwt.publicKey: is a private key"),
                unusable(
                        "a key of another kind",
                        () -> AuthFixture.publicKey(TokenForge.publicPem(TokenForge.pair("X25519"))),
                        "jwt.publicKey: cannot be read"),
                unusable(
                        "Ed448",
                        () -> AuthFixture.publicKey(TokenForge.publicPem(TokenForge.pair("Ed448"))),
                        "jwt.publicKey: is on another curve"),
                unusable(
                        "HMAC with a key set",
                        () -> AuthFixture.keySet("https://issuer.example/keys", "HS256"),
                        "jwt.algorithms[0]"),
                unusable("a file that is not there", () -> AuthFixture.keySet("/not/there"), "jwt.jwks: neither"),
                unusable(
                        "a URL of a file",
                        () -> AuthFixture.keySet("file:///etc/keys"),
                        "jwt.jwks: a URL with another"),
                unusable("a URL without a host", () -> AuthFixture.keySet("https:///keys"), "jwt.jwks: a URL without"),
                unusable(
                        "a URL with a user", () -> AuthFixture.keySet("https://a:b@c/keys"), "jwt.jwks: a URL without"),
                unusable(
                        "a small RSA key",
                        () -> AuthFixture.publicKey(TokenForge.publicPem(TokenForge.rsa(1024))),
                        "jwt.publicKey: has 1024 bits"),
                unusable("HMAC and a key", () -> AuthFixture.publicKey(pem, "RS256", "HS256"), "jwt.algorithms"),
                unusable("RS256 and a secret", () -> AuthFixture.secret(SECRET, "RS256"), "jwt.algorithms"),
                unusable("no signature", () -> AuthFixture.secret(SECRET, "none"), "jwt.algorithms"),
                unusable(
                        "another curve's algorithm",
                        () -> AuthFixture.publicKey(TokenForge.publicPem(TokenForge.ec("secp384r1")), "ES256"),
                        "jwt.algorithms"));
    }

    private static Arguments unusable(String what, Supplier<AuthOptions> options, String message) {
        return arguments(what, options, message);
    }

    // Some keys are refused by the options already, some only when they are loaded: all of them before a node starts.
    @ParameterizedTest(name = "{0}")
    @MethodSource("unusable")
    void aKeyThatIsUnusable_isRefusedInOneLine(String what, Supplier<AuthOptions> options, String message) {
        assertThatIllegalArgumentException()
                .as(what)
                .isThrownBy(() -> TokenVerifier.create(vertx, options.get()))
                .withMessageContaining(message)
                .withMessageMatching("[^\r\n]*");
    }
}
