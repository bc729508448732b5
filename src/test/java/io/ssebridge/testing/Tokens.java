package io.ssebridge.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Mints tokens for nodes with {@link NodeSetup#SECRET}; by hand, so that no library has to agree with itself. */
public final class Tokens {
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    private static final Duration LONG = Duration.ofHours(1);

    private Tokens() {}

    /**
     * A token of someone without any grant, good for an hour.
     *
     * @param subject the subject of the token
     */
    public static String of(String subject) {
        return mint(subject, List.of(), List.of(), new JsonObject(), LONG);
    }

    /**
     * A token with grants, good for an hour.
     *
     * @param subject the subject of the token
     * @param subscribe patterns of channels to read
     * @param publish patterns of channels to write
     */
    public static String mint(String subject, List<String> subscribe, List<String> publish) {
        return mint(subject, subscribe, publish, new JsonObject(), LONG);
    }

    /**
     * A token with grants and properties.
     *
     * @param subject the subject of the token
     * @param subscribe patterns of channels to read
     * @param publish patterns of channels to write
     * @param properties public properties of the subscriber
     * @param timeToLive how long it is good for; negative: it has expired already
     */
    public static String mint(
            String subject, List<String> subscribe, List<String> publish, JsonObject properties, Duration timeToLive) {
        JsonObject channels =
                new JsonObject().put("subscribe", new JsonArray(subscribe)).put("publish", new JsonArray(publish));
        return sign(claims(subject, timeToLive).put("channels", channels).put("properties", properties));
    }

    /**
     * A token of an administrator, good for an hour.
     *
     * @param subject the subject of the token
     * @param admin patterns of channels to govern
     */
    public static String admin(String subject, List<String> admin) {
        JsonObject channels = new JsonObject().put("admin", new JsonArray(admin));
        return sign(claims(subject, LONG).put("channels", channels));
    }

    /**
     * Signs any claims.
     *
     * @param claims all of them, {@code exp} too
     */
    public static String sign(JsonObject claims) {
        return sign(claims, NodeSetup.SECRET);
    }

    /**
     * Signs any claims with any secret.
     *
     * @param claims all of them, {@code exp} too
     * @param secret of HMAC
     */
    public static String sign(JsonObject claims, String secret) {
        String signed = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + base64(claims.encode());
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
            return signed + "." + BASE64.encodeToString(mac.doFinal(signed.getBytes(UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java has HmacSHA256", e);
        }
    }

    /**
     * Signs any claims by ES256.
     *
     * @param claims all of them, {@code exp} too
     * @param key of the curve secp256r1
     */
    public static String sign(JsonObject claims, PrivateKey key) {
        return sign(new JsonObject().put("alg", "ES256").put("typ", "JWT"), claims, key);
    }

    /**
     * Signs any claims by ES256, and names the key.
     *
     * @param claims all of them, {@code exp} too
     * @param key of the curve secp256r1
     * @param keyId its name in the key set
     */
    public static String sign(JsonObject claims, PrivateKey key, String keyId) {
        return sign(new JsonObject().put("alg", "ES256").put("kid", keyId), claims, key);
    }

    private static String sign(JsonObject header, JsonObject claims, PrivateKey key) {
        String signed = base64(header.encode()) + "." + base64(claims.encode());
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(key);
            signature.update(signed.getBytes(UTF_8));
            return signed + "." + BASE64.encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java has ECDSA", e);
        }
    }

    /** Draws a pair of keys for ES256. */
    public static KeyPair keysOfEs256() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every Java has this curve", e);
        }
    }

    /**
     * A public key as PEM.
     *
     * @param key the key
     */
    public static String pem(PublicKey key) {
        return "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n";
    }

    private static String base64(String text) {
        return BASE64.encodeToString(text.getBytes(UTF_8));
    }

    private static JsonObject claims(String subject, Duration timeToLive) {
        return new JsonObject()
                .put("sub", subject)
                .put("exp", Instant.now().plus(timeToLive).getEpochSecond());
    }
}
