package io.ssebridge.testing;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;

/** Writes key sets (RFC 7517), by hand, so that no library has to agree with itself. */
public final class KeySets {
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private KeySets() {}

    /**
     * Writes a set.
     *
     * @param keys the keys, each as {@link #key} writes it
     */
    public static String of(JsonObject... keys) {
        return new JsonObject().put("keys", new JsonArray(Arrays.asList(keys))).encode();
    }

    /**
     * Writes a key.
     *
     * @param id its name
     * @param key an RSA key, one on P-256, P-384 or P-521, or Ed25519
     */
    public static JsonObject key(String id, PublicKey key) {
        return key(key).put("kid", id);
    }

    /**
     * Writes a key without a name.
     *
     * @param key as above
     */
    public static JsonObject key(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            return new JsonObject()
                    .put("kty", "RSA")
                    .put("n", number(rsa.getModulus(), (rsa.getModulus().bitLength() + 7) / 8))
                    .put("e", number(rsa.getPublicExponent(), 3));
        }
        if (key instanceof ECPublicKey elliptic) {
            int bits = elliptic.getParams().getCurve().getField().getFieldSize();
            int bytes = (bits + 7) / 8;
            return new JsonObject()
                    .put("kty", "EC")
                    .put("crv", "P-" + bits)
                    .put("x", number(elliptic.getW().getAffineX(), bytes))
                    .put("y", number(elliptic.getW().getAffineY(), bytes));
        }
        if (key instanceof EdECPublicKey) {
            byte[] encoded = key.getEncoded();
            return new JsonObject()
                    .put("kty", "OKP")
                    .put("crv", "Ed25519")
                    .put("x", BASE64.encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
        }
        throw new IllegalArgumentException(key.getAlgorithm());
    }

    private static String number(BigInteger number, int bytes) {
        byte[] written = number.toByteArray();
        byte[] padded = new byte[bytes];
        int length = Math.min(bytes, written.length);
        System.arraycopy(written, written.length - length, padded, bytes - length, length);
        return BASE64.encodeToString(padded);
    }
}
