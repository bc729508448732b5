package io.ssebridge.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.ssebridge.testing.KeySets;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeySetReaderTest {
    private static final KeyPair RSA = TokenForge.rsa(2048);
    private static final KeyPair EC = TokenForge.ec("secp256r1");
    private static final JsonObject GOOD = KeySets.key("good", EC.getPublic());

    private static List<VerificationKey> read(String document) throws KeySetException {
        return KeySetReader.read(document.getBytes(StandardCharsets.UTF_8));
    }

    static Stream<Arguments> usable() {
        return Stream.of(
                arguments("RSA", RSA, List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
                arguments("P-256", EC, List.of("ES256")),
                arguments("P-384", TokenForge.ec("secp384r1"), List.of("ES384")),
                arguments("P-521", TokenForge.ec("secp521r1"), List.of("ES512")),
                arguments("Ed25519", TokenForge.ed25519(), List.of("EdDSA")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("usable")
    void aPublicKey_isReadAsItWasDrawn(String kind, KeyPair keys, List<String> algorithms) throws KeySetException {
        VerificationKey key =
                read(KeySets.of(KeySets.key("a", keys.getPublic()))).get(0);

        assertThat(key.key()).as(kind).isEqualTo(keys.getPublic());
        assertThat(key.id()).contains("a");
        assertThat(key.algorithms()).extracting(JwsAlgorithm::text).isEqualTo(algorithms);
    }

    @Test
    void theAlgorithmOfAKey_isTheOnlyOne() throws KeySetException {
        VerificationKey key = read(KeySets.of(
                        KeySets.key(RSA.getPublic()).put("alg", "PS384").put("use", "sig")))
                .get(0);

        assertThat(key.algorithms()).containsExactly(JwsAlgorithm.PS384);
        assertThat(key.id()).isEqualTo(Optional.empty());
    }

    static Stream<Arguments> ignored() {
        JsonObject secret =
                new JsonObject().put("kty", "oct").put("k", "A".repeat(43)).put("kid", "x");
        return Stream.of(
                arguments("a secret", secret),
                arguments(
                        "a secret for HS256", secret.copy().put("alg", "HS256").put("use", "sig")),
                arguments(
                        "a key for encryption", KeySets.key("x", EC.getPublic()).put("use", "enc")),
                arguments(
                        "a key for other operations",
                        KeySets.key("x", EC.getPublic()).put("key_ops", JsonArray.of("encrypt"))),
                arguments("a private key", KeySets.key("x", EC.getPublic()).put("d", "A".repeat(43))),
                arguments(
                        "a small RSA key", KeySets.key("x", TokenForge.rsa(1024).getPublic())),
                arguments(
                        "an RSA key that says HS256",
                        KeySets.key("x", RSA.getPublic()).put("alg", "HS256")),
                arguments(
                        "an RSA key that says none",
                        KeySets.key("x", RSA.getPublic()).put("alg", "none")),
                arguments(
                        "a key with another curve's algorithm",
                        KeySets.key("x", EC.getPublic()).put("alg", "ES384")),
                arguments(
                        "a point beside the curve",
                        KeySets.key("x", EC.getPublic()).put("y", "A".repeat(43))),
                arguments("an unknown curve", KeySets.key("x", EC.getPublic()).put("crv", "BP-256")),
                arguments("secp256k1", KeySets.key("x", EC.getPublic()).put("crv", "secp256k1")),
                arguments(
                        "an unknown kind",
                        new JsonObject().put("kty", "AKP").put("kid", "x").put("pub", "AAAA")),
                arguments("no kind", new JsonObject().put("kid", "x")),
                arguments(
                        "a number for a member",
                        KeySets.key("x", EC.getPublic()).put("x", 5)),
                arguments(
                        "X25519",
                        KeySets.key("x", TokenForge.ed25519().getPublic()).put("crv", "X25519")),
                arguments(
                        "a short point",
                        KeySets.key("x", TokenForge.ed25519().getPublic()).put("x", "AAAA")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("ignored")
    void aKeyThatCannotBeUsed_isIgnored_andTheOthersCount(String what, JsonObject key) throws KeySetException {
        assertThat(read(KeySets.of(key, GOOD)))
                .as(what)
                .singleElement()
                .extracting(VerificationKey::id)
                .isEqualTo(Optional.of("good"));
        assertThatExceptionOfType(KeySetException.class)
                .as(what)
                .isThrownBy(() -> read(KeySets.of(key)))
                .withMessageStartingWith("it has no usable key");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "[]",
                "null",
                "5",
                "{}",
                "{\"keys\":{}}",
                "{\"keys\":[1]}",
                "{\"keys\":null}",
                "{\"keys\":[]}",
                "<html>",
                "{\"keys\":[{}"
            })
    void aDocumentThatHasNoKeySet_isRefused(String document) {
        assertThatExceptionOfType(KeySetException.class)
                .isThrownBy(() -> read(document))
                .withMessageMatching("it (is not a key set|has no usable key) [^\r\n]*");
    }

    @Test
    void aSetBeyondItsLimits_isRefused() throws KeySetException {
        JsonObject[] keys = IntStream.range(0, KeySetReader.MAX_KEYS)
                .mapToObj(i -> KeySets.key("k" + i, EC.getPublic()))
                .toArray(JsonObject[]::new);
        String most = KeySets.of(keys);
        assertThat(read(most)).hasSize(KeySetReader.MAX_KEYS);
        assertThatExceptionOfType(KeySetException.class)
                .isThrownBy(() -> read(most.replace("[", "[" + GOOD.encode() + ",")))
                .withMessage("it has 101 keys (expected: at most 100)");

        String long1 = most + " ".repeat(KeySetReader.MAX_BYTES - most.length());
        assertThat(read(long1)).hasSize(KeySetReader.MAX_KEYS);
        assertThatExceptionOfType(KeySetException.class)
                .isThrownBy(() -> read(long1 + " "))
                .withMessage("it is larger than 262144 bytes");
    }

    @Test
    void aSetNestedAsDeepAsItsSizeAllows_isRefused() {
        String deep = "{\"keys\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";

        assertThatExceptionOfType(KeySetException.class).isThrownBy(() -> read(deep));
    }
}
