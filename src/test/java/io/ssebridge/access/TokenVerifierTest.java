package io.ssebridge.access;

import static io.ssebridge.access.AuthFixture.LEEWAY;
import static io.ssebridge.access.AuthFixture.SECRET;
import static io.ssebridge.access.TokenForge.hmac;
import static io.ssebridge.access.TokenForge.jca;
import static io.ssebridge.access.TokenForge.part;
import static io.ssebridge.access.TokenForge.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(VertxExtension.class)
class TokenVerifierTest {
    private static final Instant START = Instant.parse("2031-01-01T00:00:00Z");
    private static final long NOW = START.getEpochSecond();
    private static final Instant EXPIRES = START.plusSeconds(600);
    private static final KeyPair RSA = TokenForge.rsa(2048);
    private static final KeyPair ED25519 = TokenForge.ed25519();
    private static final KeyPair EC = TokenForge.ec("secp256r1");
    private static final String HS256 = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    private static final String BEYOND_LIMITS =
            "its JSON is beyond the limits (expected: numbers of at most 1,000 digits, 1,000 levels)";
    private static final TokenForge.Signer ES256 = jca("SHA256withECDSAinP1363Format", EC.getPrivate());

    private final Vertx vertx;
    private Instant now = START;

    TokenVerifierTest(Vertx vertx) {
        this.vertx = vertx;
    }

    @BeforeEach
    void startTheClock() {
        now = START;
    }

    private TokenVerifier verifier(AuthOptions options) {
        return TokenVerifier.create(vertx, options, () -> now);
    }

    private static Verdict verdict(Future<Verdict> verdict) {
        try {
            return verdict.await(10, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            return fail(e);
        }
    }

    private Grant accepted(AuthOptions options, String token) {
        return verdict(verifier(options).verify(token))
                .fold(
                        grant -> grant,
                        reason -> fail("refused: " + reason),
                        () -> fail("postponed"),
                        () -> fail("keyless"));
    }

    private String refused(AuthOptions options, String token) {
        return verdict(verifier(options).verify(token))
                .fold(
                        grant -> fail("accepted: " + grant),
                        reason -> reason,
                        () -> fail("postponed"),
                        () -> fail("keyless"));
    }

    private static JsonObject claims() {
        return new JsonObject().put("sub", "alice").put("exp", EXPIRES.getEpochSecond());
    }

    private static String hs256(JsonObject claims) {
        return token(HS256, claims.encode(), hmac(SECRET));
    }

    private static String hs256(String header) {
        return token(header, claims().encode(), hmac(SECRET));
    }

    private static String withPatterns(Object patterns) {
        return hs256(claims().put("channels", new JsonObject().put("subscribe", patterns)));
    }

    static Stream<Arguments> goodTokens() {
        KeyPair p384 = TokenForge.ec("secp384r1");
        KeyPair p521 = TokenForge.ec("secp521r1");
        return Stream.of(
                arguments("HS256", AuthFixture.secret(SECRET), hmac(SECRET)),
                arguments("RS256", publicKey(RSA), jca("SHA256withRSA", RSA.getPrivate())),
                arguments("RS512", publicKey(RSA, "RS256", "RS512"), jca("SHA512withRSA", RSA.getPrivate())),
                arguments("PS256", publicKey(RSA, "PS256"), pss(RSA)),
                arguments("EdDSA", publicKey(ED25519), jca("Ed25519", ED25519.getPrivate())),
                arguments("ES256", publicKey(EC), jca("SHA256withECDSAinP1363Format", EC.getPrivate())),
                arguments("ES384", publicKey(p384), jca("SHA384withECDSAinP1363Format", p384.getPrivate())),
                arguments("ES512", publicKey(p521), jca("SHA512withECDSAinP1363Format", p521.getPrivate())));
    }

    private static TokenForge.Signer pss(KeyPair keys) {
        return input -> {
            Signature signature = Signature.getInstance("RSASSA-PSS");
            signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
            signature.initSign(keys.getPrivate());
            signature.update(input);
            return signature.sign();
        };
    }

    private static AuthOptions publicKey(KeyPair keys, String... algorithms) {
        return AuthFixture.publicKey(TokenForge.publicPem(keys), algorithms);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("goodTokens")
    void aGoodToken_isAccepted(String algorithm, AuthOptions options, TokenForge.Signer signer) {
        Grant grant = accepted(options, token(algorithm, claims(), signer));

        assertThat(grant.subject()).isEqualTo("alice");
        assertThat(grant.expires()).isEqualTo(EXPIRES);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("goodTokens")
    void aTokenWithChangedClaims_isRefused(String algorithm, AuthOptions options, TokenForge.Signer signer) {
        String[] good = token(algorithm, claims(), signer).split("\\.", -1);
        String forged = good[0] + "." + part(claims().put("sub", "mallory").encode()) + "." + good[2];

        assertThat(refused(options, forged)).isEqualTo("signature");
    }

    @Test
    void theClaims_becomeTheGrant() {
        JsonObject channels = new JsonObject()
                .put("subscribe", JsonArray.of("news", "users.{sub}.**"))
                .put("publish", JsonArray.of("jobs.*"))
                .put("admin", JsonArray.of("**"));
        JsonObject properties = new JsonObject()
                .put("role", "editor")
                .put("team", new JsonObject().put("name", "blue"))
                .putNull("nick");

        Grant grant = accepted(
                AuthFixture.secret(SECRET),
                hs256(claims().put("channels", channels).put("properties", properties)));

        assertThat(grant.subscribe()).containsExactly(ChannelPattern.of("news"), ChannelPattern.of("users.{sub}.**"));
        assertThat(grant.publish()).containsExactly(ChannelPattern.of("jobs.*"));
        assertThat(grant.admin()).containsExactly(ChannelPattern.of("**"));
        assertThat(grant.properties()).isEqualTo(Map.of("role", "editor", "team", Map.of("name", "blue")));
    }

    @Test
    void aTokenWithoutChannels_coversNothing() {
        Grant grant = accepted(AuthFixture.secret(SECRET), hs256(claims().putNull("channels")));

        assertThat(grant.maySubscribe(new ChannelName("news"))).isFalse();
        assertThat(grant.properties()).isEmpty();
    }

    static Stream<Arguments> badTokens() {
        String good = hs256(claims());
        String[] parts = good.split("\\.", -1);
        String unsigned = parts[0] + "." + parts[1];
        return Stream.of(
                arguments("empty", "", "malformed"),
                arguments("garbage", "garbage", "malformed"),
                arguments("with spaces", " " + good, "malformed"),
                arguments("of two parts", unsigned, "malformed"),
                arguments("with an empty signature", unsigned + ".", "malformed"),
                arguments("with a dot doubled", parts[0] + ".." + parts[1] + "." + parts[2], "malformed"),
                arguments("with a dot at its end", good + ".", "malformed"),
                arguments("of four parts", good + ".AAAA", "malformed"),
                arguments("of five parts", good + ".AAAA.AAAA", "malformed"),
                arguments("with padding", good + "=", "malformed"),
                arguments("with a header that is not JSON", token("{", "{}", hmac(SECRET)), "malformed"),
                arguments("with a header that is a list", token("[]", "{}", hmac(SECRET)), "malformed"),
                arguments("with claims that are null", token(HS256, "null", hmac(SECRET)), "malformed"),
                arguments("with deep claims", token(HS256, "[".repeat(5_000), hmac(SECRET)), BEYOND_LIMITS),
                arguments("with a number of 1,001 digits", withExp("1".repeat(1_001)), BEYOND_LIMITS),
                arguments("with base64 cut short", "A." + parts[1] + "." + parts[2], "malformed"),
                arguments("with a claim twice", token(HS256, twice("sub"), hmac(SECRET)), "its JSON has a name twice"),
                arguments(
                        "with an algorithm twice",
                        hs256("{\"alg\":\"none\",\"alg\":\"HS256\"}"),
                        "its JSON has a name twice"),
                arguments(
                        "with a number for a key",
                        hs256("{\"alg\":\"HS256\",\"kid\":5}"),
                        "its header names no key (expected: text for kid)"),
                arguments("without an algorithm", hs256("{}"), "its header names no algorithm"),
                arguments("with a number for an algorithm", hs256("{\"alg\":5}"), "its header names no algorithm"),
                arguments("with alg none", hs256("{\"alg\":\"none\"}"), "algorithm not allowed"),
                arguments("with alg None", hs256("{\"alg\":\"None\"}"), "algorithm not allowed"),
                arguments("with another HMAC", hs256("{\"alg\":\"HS512\"}"), "algorithm not allowed"),
                arguments(
                        "with a critical extension",
                        hs256("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}"),
                        "its header has critical extensions"),
                arguments("signed with another secret", token(HS256, claims().encode(), hmac("other")), "signature"),
                arguments("with a signature of one byte", unsigned + ".AA", "signature"),
                arguments("without exp", hs256(without("exp")), "exp: missing"),
                arguments("with text for exp", hs256(claims().put("exp", "2040-01-01")), notATime("exp")),
                arguments("with exp in milliseconds", hs256(claims().put("exp", NOW * 1000)), notATime("exp")),
                arguments("with a negative exp", hs256(claims().put("exp", -1)), notATime("exp")),
                arguments("with exp 1e999", withExp("1e999"), notATime("exp")),
                arguments("with a list for nbf", hs256(claims().put("nbf", new JsonArray())), notATime("nbf")),
                arguments("with true for iat", hs256(claims().put("iat", true)), notATime("iat")),
                arguments("expired", hs256(claims().put("exp", NOW - 5)), "expired"),
                arguments("not yet valid", hs256(claims().put("nbf", NOW + 6)), "not yet valid"),
                arguments("issued in the future", hs256(claims().put("iat", NOW + 6)), "iat: is in the future"),
                arguments("without sub", hs256(without("sub")), "sub: names no subject (expected: text)"),
                arguments(
                        "with an empty sub", hs256(claims().put("sub", "")), "sub: names no subject (expected: text)"),
                arguments(
                        "with a number for sub",
                        hs256(claims().put("sub", 7)),
                        "sub: names no subject (expected: text)"),
                arguments(
                        "with a list of channels",
                        hs256(claims().put("channels", JsonArray.of("a"))),
                        "channels: is not an object"),
                arguments(
                        "with text for properties",
                        hs256(claims().put("properties", "x")),
                        "properties: is not an object"),
                arguments("with text for patterns", withPatterns("a"), "channels.subscribe: is not a list of patterns"),
                arguments(
                        "with a number for a pattern",
                        withPatterns(JsonArray.of("a", 1)),
                        "channels.subscribe[1]: is not a pattern (expected: text)"),
                arguments(
                        "with null for a pattern",
                        withPatterns(new JsonArray().addNull()),
                        "channels.subscribe[0]: is not a pattern (expected: text)"));
    }

    private static String twice(String claim) {
        return claims().encode().replaceFirst("\\{", "{\"%s\":\"mallory\",".formatted(claim));
    }

    private static JsonObject without(String claim) {
        JsonObject claims = claims();
        claims.remove(claim);
        return claims;
    }

    private static String withExp(String number) {
        return token(HS256, "{\"sub\":\"alice\",\"exp\":%s}".formatted(number), hmac(SECRET));
    }

    private static String notATime(String claim) {
        return claim + ": is not a time (expected: seconds since 1970, as a number)";
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("badTokens")
    void aTokenThatIsBad_isRefusedByName(String what, String token, String reason) {
        assertThat(refused(AuthFixture.secret(SECRET), token)).as(what).isEqualTo(reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a..b", "a*", "users.{name}", "{sub", "**.a", "a\u0000b"})
    void aMalformedPattern_refusesTheTokenAndIsNamed(String pattern) {
        String reason = refused(AuthFixture.secret(SECRET), withPatterns(JsonArray.of("fine", pattern)));

        assertThat(reason).startsWith("channels.subscribe[1]: pattern").matches("\\P{Cntrl}*");
    }

    @Test
    void aTokenOver8KiB_isRefused() {
        AuthOptions options = AuthFixture.secret(SECRET);
        int room = 8 * 1024
                - hs256(claims().put("properties", new JsonObject().put("p", "")))
                        .length();
        String longest = hs256(claims().put("properties", new JsonObject().put("p", "x".repeat(room * 3 / 4))));

        assertThat(longest).hasSizeBetween(8 * 1024 - 3, 8 * 1024);
        assertThat(accepted(options, longest).subject()).isEqualTo("alice");
        assertThat(refused(options, longest + "AAAA")).isEqualTo("too long (expected: at most 8192 bytes)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA", "EC"})
    void aTokenHmacSignedWithThePublicKey_isRefused(String kind) {
        String pem = TokenForge.publicPem(kind.equals("RSA") ? RSA : EC);

        assertThat(refused(AuthFixture.publicKey(pem), token("HS256", claims(), hmac(pem))))
                .isEqualTo("algorithm not allowed");
    }

    @Test
    void severalSecrets_areAllAccepted_andTheFirstOneSigns() {
        AuthOptions rotated = AuthFixture.secrets("a new secret that is long enough: 32", SECRET);

        assertThat(accepted(rotated, hs256(claims())).subject()).isEqualTo("alice");
        assertThat(refused(rotated, token(HS256, claims().encode(), hmac("a third secret, long enough: 32 bytes"))))
                .isEqualTo("signature");
        String minted = new TokenMint(vertx, rotated).sign(new JsonObject().put("sub", "bob"), Duration.ofDays(3650));
        now = Instant.now();
        assertThat(accepted(AuthFixture.secret("a new secret that is long enough: 32"), minted)
                        .subject())
                .isEqualTo("bob");
    }

    @Test
    void severalPublicKeysOfAnyKind_areAllAccepted() {
        AuthOptions several = AuthFixture.publicKeys(TokenForge.publicPem(RSA), TokenForge.publicPem(EC));

        assertThat(accepted(several, token("ES256", claims(), ES256)).subject()).isEqualTo("alice");
        assertThat(accepted(several, token("RS256", claims(), jca("SHA256withRSA", RSA.getPrivate())))
                        .subject())
                .isEqualTo("alice");
        assertThat(refused(several, token("RS512", claims(), jca("SHA512withRSA", RSA.getPrivate()))))
                .isEqualTo("algorithm not allowed");
    }

    @Test
    void aTokenSignedByAnotherEcKey_isRefused() {
        TokenForge.Signer stranger =
                jca("SHA256withECDSAinP1363Format", TokenForge.ec("secp256r1").getPrivate());

        assertThat(refused(publicKey(EC), token("ES256", claims(), stranger))).isEqualTo("signature");
        assertThat(refused(publicKey(EC), token("ES256", claims(), input -> new byte[64])))
                .isEqualTo("signature");
    }

    @Test
    void aKeyInTheTokensOwnHeader_isNotTrusted() {
        KeyPair own = TokenForge.rsa(2048);
        String header = new JsonObject()
                .put("alg", "RS256")
                .put("x5c", JsonArray.of("AAAA"))
                .put("jwk", new JsonObject().put("kty", "RSA"))
                .put("kid", "own")
                .encode();

        assertThat(refused(publicKey(RSA), token(header, claims().encode(), jca("SHA256withRSA", own.getPrivate()))))
                .isEqualTo("signature");
    }

    @Test
    void withoutAKey_everyTokenIsRefused() {
        String unsigned = part("{\"alg\":\"none\"}") + "." + part(claims().encode());

        for (String token : List.of(unsigned, unsigned + ".", hs256(claims()), "")) {
            assertThat(refused(AuthFixture.noKey(), token)).isEqualTo("this node has no key");
        }
    }

    @Test
    void theIssuerAndTheAudience_mustBeOurs() {
        AuthOptions options = AuthFixture.particular();
        JsonObject good =
                claims().put("iss", AuthFixture.ISSUER).put("aud", "sse").put("uid", "7");

        assertThat(accepted(options, hs256(good)).subject()).isEqualTo("7");
        assertThat(accepted(options, hs256(good.copy().put("aud", JsonArray.of("x", "other"))))
                        .subject())
                .isEqualTo("7");
        for (Object wrong : List.of("https://other.example", 5, JsonArray.of(AuthFixture.ISSUER))) {
            assertThat(refused(options, hs256(good.copy().put("iss", wrong)))).startsWith("iss:");
        }
        for (Object wrong : List.of("x", 5, JsonArray.of(), new JsonObject().put("sse", true))) {
            assertThat(refused(options, hs256(good.copy().put("aud", wrong)))).startsWith("aud:");
        }
        assertThat(refused(options, hs256(good.copy().putNull("iss")))).startsWith("iss:");
        assertThat(refused(options, hs256(good.copy().putNull("aud")))).startsWith("aud:");
    }

    @Test
    void theClaimsOfTheConfiguration_areTheOnesThatAreRead() {
        JsonObject claims = claims().put("iss", AuthFixture.ISSUER)
                .put("aud", "sse")
                .put("uid", "7")
                .put("rights", new JsonObject().put("subscribe", JsonArray.of("users.{sub}")));

        Grant grant = accepted(AuthFixture.particular(), hs256(claims));

        assertThat(grant.maySubscribe(new ChannelName("users.7"))).isTrue();
        assertThat(grant.maySubscribe(new ChannelName("users.alice"))).isFalse();
        assertThat(refused(AuthFixture.particular(), hs256(claims.putNull("uid"))))
                .startsWith("uid:");
    }

    @Test
    void aTokenWithinTheLeeway_isAccepted() {
        AuthOptions options = AuthFixture.secret(SECRET);

        assertThat(accepted(options, hs256(claims().put("exp", NOW - 4)))).isNotNull();
        assertThat(accepted(options, hs256(claims().put("nbf", NOW + 5)))).isNotNull();
        assertThat(accepted(options, hs256(claims().put("iat", NOW + 5)))).isNotNull();
    }

    @Test
    void aTokenWithFractionsOfSeconds_isAccepted() {
        assertThat(accepted(AuthFixture.secret(SECRET), withExp(EXPIRES.getEpochSecond() + ".75"))
                        .expires())
                .isEqualTo(EXPIRES);
    }

    @Test
    void aTokenThatWasAccepted_isRefusedOnceItExpires() {
        TokenVerifier verifier = verifier(AuthFixture.secret(SECRET));
        String token = hs256(claims());
        assertThat(verdict(verifier.verify(token))).isInstanceOf(Verdict.Accepted.class);

        now = EXPIRES.plus(LEEWAY).minusMillis(1);
        assertThat(verdict(verifier.verify(token))).isInstanceOf(Verdict.Accepted.class);

        now = EXPIRES.plus(LEEWAY);
        assertThat(verdict(verifier.verify(token))).isEqualTo(new Verdict.Refused("expired"));
    }

    @Test
    void aTokenThatWasAccepted_isNotVerifiedAgain() {
        TokenVerifier verifier = verifier(publicKey(EC));
        String token = token("ES256", claims(), jca("SHA256withECDSAinP1363Format", EC.getPrivate()));
        Verdict first = verdict(verifier.verify(token));

        Future<Verdict> second = verifier.verify(token);

        assertThat(second.isComplete()).as("answered without a worker thread").isTrue();
        assertThat(second.result()).isEqualTo(first);
    }

    @Test
    void oneTokenInManySpellings_isOneEntryOrRefused() {
        TokenVerifier verifier = verifier(publicKey(EC));
        String good = token("ES256", claims(), ES256);
        String signed = good.substring(0, good.lastIndexOf('.') + 1);
        byte[] signature = Base64.getUrlDecoder().decode(good.substring(signed.length()));
        // 64 bytes leave four bits of the last character that mean nothing.
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        char next = alphabet.charAt(alphabet.indexOf(good.charAt(good.length() - 1)) + 1);

        assertThat(verdict(verifier.verify(good))).isInstanceOf(Verdict.Accepted.class);
        assertThat(verdict(verifier.verify(good.substring(0, good.length() - 1) + next)))
                .isEqualTo(new Verdict.Refused("malformed"));
        assertThat(verdict(verifier.verify(signed + base64(withLeadingZeros(signature)))))
                .isEqualTo(new Verdict.Refused("signature"));
        assertThat(verifier.cached()).isOne();

        assertThat(verdict(verifier.verify(signed + base64(negated(signature)))))
                .isInstanceOf(Verdict.Accepted.class);
        assertThat(verifier.cached()).isOne();
        assertThat(verdict(verifier.verify(good))).isInstanceOf(Verdict.Accepted.class);
        assertThat(verdict(verifier.verify(signed + base64(new byte[64])))).isEqualTo(new Verdict.Refused("signature"));
        assertThat(verifier.cached()).isOne();
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] withLeadingZeros(byte[] signature) {
        byte[] longer = new byte[66];
        System.arraycopy(signature, 0, longer, 1, 32);
        System.arraycopy(signature, 32, longer, 34, 32);
        return longer;
    }

    /** The other signature of the same words that anybody can make: (r, n - s). */
    private static byte[] negated(byte[] signature) {
        BigInteger order = ((ECPublicKey) EC.getPublic()).getParams().getOrder();
        BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, 32, 64));
        byte[] other = order.subtract(s).toByteArray();
        byte[] negated = signature.clone();
        Arrays.fill(negated, 32, 64, (byte) 0);
        int length = Math.min(32, other.length);
        System.arraycopy(other, other.length - length, negated, 64 - length, length);
        return negated;
    }

    @Test
    void anEcTokenThatIsForOthersExpiredOrOfTheWrongLength_isRefusedWithoutCryptography() {
        AuthOptions options = AuthFixture.publicKeyForIssuer(TokenForge.publicPem(EC));
        TokenVerifier verifier = verifier(options);
        TokenForge.Signer garbage = input -> new byte[64];
        JsonObject ours = claims().put("iss", AuthFixture.ISSUER);

        for (String token : List.of(
                token("ES256", claims().put("iss", "https://other.example"), garbage),
                token("ES256", ours.copy().put("exp", NOW - 60), garbage),
                token("ES384", ours, garbage),
                token("ES256", ours, input -> new byte[65]))) {
            Future<Verdict> verdict = verifier.verify(token);

            assertThat(verdict.isComplete()).isTrue();
            assertThat(verdict.result()).isInstanceOf(Verdict.Refused.class);
        }
        assertThat(verdict(verifier.verify(token("ES256", ours, garbage)))).isEqualTo(new Verdict.Refused("signature"));
    }

    @Test
    void propertiesNestedAsDeepAsJsonMayBe_overflowNoStack() {
        String deep = "{\"sub\":\"alice\",\"exp\":%d,\"properties\":{\"p\":%s}}"
                .formatted(EXPIRES.getEpochSecond(), "[".repeat(990) + "]".repeat(990));

        assertThat(accepted(AuthFixture.secret(SECRET), token(HS256, deep, hmac(SECRET)))
                        .properties())
                .containsKey("p");
    }

    @Test
    void anEcToken_isVerifiedOffTheEventLoopAndAnsweredOnIt() throws TimeoutException {
        Vertx oneWorker = Vertx.vertx(new VertxOptions().setWorkerPoolSize(1));
        CountDownLatch busy = new CountDownLatch(1);
        oneWorker.executeBlocking(() -> busy.await(10, TimeUnit.SECONDS));
        TokenVerifier verifier = TokenVerifier.create(oneWorker, publicKey(EC), () -> now);
        String token = token("ES256", claims(), jca("SHA256withECDSAinP1363Format", EC.getPrivate()));

        String answer = Future.<String>future(promise -> oneWorker.runOnContext(onLoop -> {
                    Thread loop = Thread.currentThread();
                    Future<Verdict> verdict = verifier.verify(token);
                    String first = verdict.isComplete() ? "at once" : "waits for a worker";
                    busy.countDown();
                    verdict.map(any -> first + ", then " + (Thread.currentThread() == loop ? "the loop" : "another"))
                            .onComplete(promise);
                }))
                .await(10, TimeUnit.SECONDS);

        assertThat(answer).isEqualTo("waits for a worker, then the loop");
        oneWorker.close().await(10, TimeUnit.SECONDS);
    }
}
