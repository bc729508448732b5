package io.ssebridge.access;

import static io.ssebridge.access.TokenForge.hmac;
import static io.ssebridge.access.TokenForge.jca;
import static io.ssebridge.access.TokenForge.part;
import static io.ssebridge.access.TokenForge.token;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.ssebridge.testing.CapturedLog;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.KeySetServer;
import io.ssebridge.testing.KeySets;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every attack on a token against every kind of key. The expected statuses are written by hand. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
@SuppressWarnings({"ImmutableEnumChecker", "StatementSwitchToExpressionSwitch"})
class TokenAttackTest {
    private static final Instant NOW = Instant.parse("2031-01-01T00:00:00Z");
    private static final String SECRET = "the secret of today, 32 bytes or more";
    private static final String GONE_SECRET = "the secret of last year, 32 bytes or more";
    private static final String TWO_SECRETS_OLD = "the secret of yesterday, 32 bytes or more";
    private static final KeyPair RSA = TokenForge.rsa(2048);
    private static final KeyPair EC = TokenForge.ec("secp256r1");
    private static final KeyPair ED = TokenForge.ed25519();
    private static final KeyPair GONE = TokenForge.ec("secp256r1");
    private static final KeyPair STRANGER_RSA = TokenForge.rsa(2048);
    private static final KeyPair STRANGER_EC = TokenForge.ec("secp256r1");
    private static final KeyPair STRANGER_ED = TokenForge.ed25519();
    private static final List<String> SENT = new ArrayList<>();
    private static final Map<Kind, TokenVerifier> VERIFIERS = new EnumMap<>(Kind.class);

    private static final KeySetServer SERVER = new KeySetServer("");
    private static final CapturedLog LOG = new CapturedLog("io.ssebridge", Level.TRACE);

    /** The kinds of keys, each with its good signer and another one of the same kind. */
    private enum Kind {
        SECRET("HS256", hmac(TokenAttackTest.SECRET), hmac("a secret that nobody configured, 32 bytes")),
        RSA("RS256", rsa(TokenAttackTest.RSA), rsa(STRANGER_RSA)),
        EC("ES256", es256(TokenAttackTest.EC), es256(STRANGER_EC)),
        ED25519("EdDSA", jca("Ed25519", ED.getPrivate()), jca("Ed25519", STRANGER_ED.getPrivate())),
        SET("ES256", es256(TokenAttackTest.EC), es256(STRANGER_EC));

        private final String algorithm;
        private final TokenForge.Signer signer;
        private final TokenForge.Signer stranger;

        Kind(String algorithm, TokenForge.Signer signer, TokenForge.Signer stranger) {
            this.algorithm = algorithm;
            this.signer = signer;
            this.stranger = stranger;
        }

        private AuthOptions options() {
            KeySource keys = switch (this) {
                case SECRET -> new KeySource.Secrets(List.of(TokenAttackTest.SECRET, TWO_SECRETS_OLD));
                case RSA -> new KeySource.PublicKeys(List.of(TokenForge.publicPem(TokenAttackTest.RSA)));
                case EC -> new KeySource.PublicKeys(List.of(TokenForge.publicPem(TokenAttackTest.EC)));
                case ED25519 -> new KeySource.PublicKeys(List.of(TokenForge.publicPem(ED)));
                case SET -> new KeySource.KeySet(SERVER.url());
            };
            return new AuthOptions(
                    keys,
                    List.of(),
                    Optional.of("https://issuer.example"),
                    List.of("sse"),
                    Duration.ofSeconds(5),
                    "channels",
                    "sub",
                    CookieOptions.DEFAULT,
                    false);
        }

        private JsonObject header() {
            return new JsonObject().put("alg", algorithm).put("kid", "now");
        }
    }

    private static TokenForge.Signer rsa(KeyPair keys) {
        return jca("SHA256withRSA", keys.getPrivate());
    }

    private static TokenForge.Signer es256(KeyPair keys) {
        return jca("SHA256withECDSAinP1363Format", keys.getPrivate());
    }

    @BeforeAll
    static void open(Vertx vertx) {
        SERVER.serve(KeySets.of(
                KeySets.key("now", EC.getPublic()),
                KeySets.key("rsa", RSA.getPublic()),
                KeySets.key("gone", GONE.getPublic())));
        for (Kind kind : Kind.values()) {
            TokenVerifier verifier = kind == Kind.SET
                    ? TokenVerifier.create(
                            vertx,
                            kind.options(),
                            new KeySetUrl(
                                    vertx,
                                    SERVER.url(),
                                    Duration.ofSeconds(5),
                                    Duration.ofMillis(50),
                                    Duration.ofMillis(20)),
                            () -> NOW)
                    : TokenVerifier.create(vertx, kind.options(), () -> NOW);
            var unused = verifier.start();
            VERIFIERS.put(kind, verifier);
            Eventually.holds("the keys", Duration.ofSeconds(10), verifier::isReady);
        }
        // The key was good, and its token is remembered as accepted. Then it is rotated out.
        assertThat(status(Kind.SET, rotatedOut(Kind.SET))).isEqualTo(200);
        SERVER.serve(KeySets.of(KeySets.key("now", EC.getPublic()), KeySets.key("rsa", RSA.getPublic())));
        Eventually.holds(
                "the end of a key", Duration.ofSeconds(10), () -> status(Kind.SET, rotatedOut(Kind.SET)) == 401);
    }

    @AfterAll
    static void close() throws TimeoutException {
        VERIFIERS.values().forEach(TokenVerifier::close);
        LOG.close();
        SERVER.close();
    }

    private static JsonObject claims() {
        return new JsonObject()
                .put("sub", "alice")
                .put("iss", "https://issuer.example")
                .put("aud", "sse")
                .put("exp", NOW.plusSeconds(600).getEpochSecond());
    }

    private static String rotatedOut(Kind kind) {
        return switch (kind) {
            case SECRET -> token(kind.header().encode(), claims().encode(), hmac(GONE_SECRET));
            case SET -> token(kind.header().put("kid", "gone").encode(), claims().encode(), es256(GONE));
            default -> token(kind.header().encode(), claims().encode(), kind.stranger);
        };
    }

    private static String attack(String name, Kind kind) {
        JsonObject header = kind.header();
        JsonObject claims = claims();
        TokenForge.Signer signer = kind.signer;
        String good = token(header.encode(), claims.encode(), signer);
        String[] parts = good.split("\\.", -1);
        long now = NOW.getEpochSecond();
        switch (name) {
            case "good":
                break;
            case "good without kid":
                header.remove("kid");
                break;
            case "second secret":
                return token("HS256", claims, hmac(TWO_SECRETS_OLD));
            case "alg none, unsigned":
                return part(header.put("alg", "none").encode()) + "." + parts[1] + ".";
            case "alg none, signed":
                header.put("alg", "none");
                break;
            case "alg nOnE":
                header.put("alg", "nOnE");
                break;
            case "alg missing":
                header.remove("alg");
                break;
            case "alg in lower case":
                header.put("alg", kind.algorithm.toLowerCase(Locale.ROOT));
                break;
            case "alg of the same key, not allowed":
                header.put(
                        "alg",
                        Map.of("HS256", "HS512", "RS256", "RS512", "ES256", "ES384", "EdDSA", "Ed448")
                                .get(kind.algorithm));
                break;
            case "alg HS256, PEM as secret":
                return confused(header, TokenForge.publicPem(keys(kind)).getBytes(StandardCharsets.UTF_8));
            case "alg HS256, PEM with LF as secret":
                return confused(
                        header,
                        TokenForge.publicPem(keys(kind)).replace("\r", "").getBytes(StandardCharsets.UTF_8));
            case "alg HS256, DER as secret":
                return confused(header, keys(kind).getPublic().getEncoded());
            case "alg HS256, JWK as secret":
                return confused(
                        header,
                        KeySets.key("now", keys(kind).getPublic()).encode().getBytes(StandardCharsets.UTF_8));
            case "alg HS256, empty secret":
                return token(header.put("alg", "HS256").encode(), claims.encode(), hmac(" "));
            case "wrong key":
                signer = kind.stranger;
                break;
            case "rotated-out key":
                return rotatedOut(kind);
            case "unknown kid":
                header.put("kid", "another");
                break;
            case "unknown kid, wrong key":
                header.put("kid", "another");
                signer = kind.stranger;
                break;
            case "kid of another key":
                header.put("kid", "rsa");
                break;
            case "kid is a path":
                header.put("kid", "../../../../dev/null");
                break;
            case "kid is SQL":
                header.put("kid", "x' UNION SELECT 'a");
                break;
            case "kid is a number":
                header.put("kid", 1);
                break;
            case "key in the header":
                header.put("jwk", KeySets.key("now", STRANGER_EC.getPublic()))
                        .put("jku", "https://evil.example/keys")
                        .put("x5u", "https://evil.example/cert")
                        .put("x5c", JsonArray.of("AAAA"));
                signer = kind.stranger;
                break;
            case "crit":
                header.put("crit", JsonArray.of("exp"));
                break;
            case "crit b64":
                header.put("crit", JsonArray.of("b64")).put("b64", false);
                break;
            case "crit empty":
                header.put("crit", new JsonArray());
                break;
            case "expired":
                claims.put("exp", now - 5);
                break;
            case "expired within the leeway":
                claims.put("exp", now - 4);
                break;
            case "without exp":
                claims.remove("exp");
                break;
            case "exp null":
                claims.putNull("exp");
                break;
            case "exp as text":
                claims.put("exp", Long.toString(now + 600));
                break;
            case "exp far beyond":
                claims.put("exp", 1e300);
                break;
            case "not yet valid":
                claims.put("nbf", now + 6);
                break;
            case "not yet valid within the leeway":
                claims.put("nbf", now + 5);
                break;
            case "issued in the future":
                claims.put("iat", now + 6);
                break;
            case "other issuer":
                claims.put("iss", "https://evil.example");
                break;
            case "issuer with a slash more":
                claims.put("iss", "https://issuer.example/");
                break;
            case "without issuer":
                claims.remove("iss");
                break;
            case "other audience":
                claims.put("aud", "other");
                break;
            case "audience list with ours":
                claims.put("aud", JsonArray.of("other", "sse"));
                break;
            case "audience list without ours":
                claims.put("aud", JsonArray.of("other", "sse2"));
                break;
            case "without audience":
                claims.remove("aud");
                break;
            case "duplicate sub":
                return token(header.encode(), twice(claims, "\"sub\":\"mallory\","), signer);
            case "duplicate exp":
                return token(header.encode(), twice(claims, "\"exp\":1,"), signer);
            case "duplicate in properties":
                return token(header.encode(), twice(claims, "\"properties\":{\"role\":1,\"role\":2},"), signer);
            case "duplicate alg":
                return token(twice(header, "\"alg\":\"none\","), claims.encode(), signer);
            case "comment in the claims":
                return token(header.encode(), twice(claims, "/* x */"), signer);
            case "changed claims":
                return parts[0] + "." + part(claims.put("sub", "mallory").encode()) + "." + parts[2];
            case "changed header":
                return part(header.put("typ", "x").encode()) + "." + parts[1] + "." + parts[2];
            case "signature of zeros":
                return parts[0] + "." + parts[1] + "." + "A".repeat(parts[2].length());
            case "signature missing":
                return parts[0] + "." + parts[1] + ".";
            case "signature cut":
                return good.substring(0, good.length() - 4);
            case "signature longer":
                return good + "AAAA";
            case "signature in DER":
                return kind.algorithm.equals("ES256")
                        ? token(header.encode(), claims.encode(), jca("SHA256withECDSA", EC.getPrivate()))
                        : parts[0] + "." + parts[1] + ".MEUC";
            case "padding":
                return good + "=";
            case "encrypted":
                return "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkExMjhHQ00ifQ.AAAA.AAAA.AAAA.AAAA";
            case "too long":
                claims.put("properties", new JsonObject().put("p", "x".repeat(8_000)));
                break;
            default:
                throw new AssertionError(name);
        }
        return token(header.encode(), claims.encode(), signer);
    }

    private static KeyPair keys(Kind kind) {
        return switch (kind) {
            case RSA -> RSA;
            case ED25519 -> ED;
            default -> EC;
        };
    }

    /** Signs by HMAC with bytes that everybody knows. */
    private static String confused(JsonObject header, byte[] known) {
        return token(header.put("alg", "HS256").encode(), claims().encode(), input -> {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(known, "HmacSHA256"));
            return mac.doFinal(input);
        });
    }

    private static String twice(JsonObject object, String first) {
        return "{" + first + object.encode().substring(1);
    }

    private static int status(Kind kind, String token) {
        SENT.add(token);
        try {
            return Objects.requireNonNull(VERIFIERS.get(kind))
                    .verify(token)
                    .await(20, TimeUnit.SECONDS)
                    .fold(grant -> 200, reason -> 401, () -> 429, () -> 503);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(quoteCharacter = '"', textBlock = """
            # attack,                             secret, RSA, EC, Ed25519, set
            good,                                    200,  200, 200, 200, 200
            good without kid,                        200,  200, 200, 200, 200
            second secret,                           200,  401, 401, 401, 401
            "alg none, unsigned",                    401,  401, 401, 401, 401
            "alg none, signed",                      401,  401, 401, 401, 401
            alg nOnE,                                401,  401, 401, 401, 401
            alg missing,                             401,  401, 401, 401, 401
            alg in lower case,                       401,  401, 401, 401, 401
            "alg of the same key, not allowed",      401,  401, 401, 401, 401
            "alg HS256, PEM as secret",              401,  401, 401, 401, 401
            "alg HS256, PEM with LF as secret",      401,  401, 401, 401, 401
            "alg HS256, DER as secret",              401,  401, 401, 401, 401
            "alg HS256, JWK as secret",              401,  401, 401, 401, 401
            "alg HS256, empty secret",               401,  401, 401, 401, 401
            wrong key,                               401,  401, 401, 401, 401
            rotated-out key,                         401,  401, 401, 401, 401
            unknown kid,                             200,  200, 200, 200, 401
            "unknown kid, wrong key",                401,  401, 401, 401, 401
            kid of another key,                      200,  200, 200, 200, 401
            kid is a path,                           200,  200, 200, 200, 401
            kid is SQL,                              200,  200, 200, 200, 401
            kid is a number,                         401,  401, 401, 401, 401
            key in the header,                       401,  401, 401, 401, 401
            crit,                                    401,  401, 401, 401, 401
            crit b64,                                401,  401, 401, 401, 401
            crit empty,                              401,  401, 401, 401, 401
            expired,                                 401,  401, 401, 401, 401
            expired within the leeway,               200,  200, 200, 200, 200
            without exp,                             401,  401, 401, 401, 401
            exp null,                                401,  401, 401, 401, 401
            exp as text,                             401,  401, 401, 401, 401
            exp far beyond,                          401,  401, 401, 401, 401
            not yet valid,                           401,  401, 401, 401, 401
            not yet valid within the leeway,         200,  200, 200, 200, 200
            issued in the future,                    401,  401, 401, 401, 401
            other issuer,                            401,  401, 401, 401, 401
            issuer with a slash more,                401,  401, 401, 401, 401
            without issuer,                          401,  401, 401, 401, 401
            other audience,                          401,  401, 401, 401, 401
            audience list with ours,                 200,  200, 200, 200, 200
            audience list without ours,              401,  401, 401, 401, 401
            without audience,                        401,  401, 401, 401, 401
            duplicate sub,                           401,  401, 401, 401, 401
            duplicate exp,                           401,  401, 401, 401, 401
            duplicate in properties,                 401,  401, 401, 401, 401
            duplicate alg,                           401,  401, 401, 401, 401
            comment in the claims,                   401,  401, 401, 401, 401
            changed claims,                          401,  401, 401, 401, 401
            changed header,                          401,  401, 401, 401, 401
            signature of zeros,                      401,  401, 401, 401, 401
            signature missing,                       401,  401, 401, 401, 401
            signature cut,                           401,  401, 401, 401, 401
            signature longer,                        401,  401, 401, 401, 401
            signature in DER,                        401,  401, 401, 401, 401
            padding,                                 401,  401, 401, 401, 401
            encrypted,                               401,  401, 401, 401, 401
            too long,                                401,  401, 401, 401, 401
            """)
    void anAttack_getsTheStatusThatIsWrittenHere(String attack, int secret, int rsa, int ec, int ed25519, int set) {
        Map<Kind, Integer> expected =
                Map.of(Kind.SECRET, secret, Kind.RSA, rsa, Kind.EC, ec, Kind.ED25519, ed25519, Kind.SET, set);

        for (Kind kind : Kind.values()) {
            assertThat(status(kind, attack(attack, kind)))
                    .as("%s against %s", attack, kind)
                    .isEqualTo(expected.get(kind));
        }
    }

    @Test
    void noPartOfAToken_isLogged() {
        for (Kind kind : Kind.values()) {
            for (String name : List.of("good", "wrong key", "expired", "unknown kid", "duplicate sub", "crit")) {
                assertThat(status(kind, attack(name, kind))).isBetween(200, 401);
            }
        }
        assertThat(LOG.lines()).isNotEmpty();
        for (String token : SENT) {
            String payload = token.split("\\.", -1)[1];
            if (payload.length() > 20) {
                assertThat(LOG.lines()).noneMatch(line -> line.contains(payload) || line.contains("mallory"));
            }
        }
    }
}
