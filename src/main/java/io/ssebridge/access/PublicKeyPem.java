package io.ssebridge.access;

import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A public key as PEM text, and the algorithms that fit it.
 *
 * @param text one PEM block in the form that Vert.x needs: it begins at once, and its lines have equal length
 * @param algorithms the algorithms that it can verify, the default first
 */
record PublicKeyPem(String text, List<String> algorithms) {
    private static final String KEY = "jwt.publicKey: ";
    private static final Pattern BLOCK =
            Pattern.compile("\\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----\\s*");
    private static final List<String> RSA = List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512");
    private static final int MIN_RSA_BITS = 2048;

    /**
     * Reads a configured key. Throws an IllegalArgumentException; its message names the fault but shows nothing of
     * the key.
     */
    static PublicKeyPem parse(String pem) {
        if (PublicKeyText.hasPrivateKey(pem)) {
            throw new IllegalArgumentException(
                    KEY + "is a private key (expected: the public key; only the issuer needs the private key)");
        }
        Matcher block = BLOCK.matcher(pem);
        if (!block.matches()) {
            throw new IllegalArgumentException(
                    KEY + "is not a PEM public key (expected: one block -----BEGIN PUBLIC KEY-----)");
        }
        PublicKey key = decode(block.group(1));
        return new PublicKeyPem(write(key), algorithms(key));
    }

    private static PublicKey decode(String base64) {
        for (String kind : List.of("RSA", "EC")) {
            try {
                byte[] encoded = Base64.getMimeDecoder().decode(base64);
                return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(encoded));
            } catch (InvalidKeySpecException | IllegalArgumentException e) {
                // The key is of another kind, or unreadable. The message of the exception would not help the operator.
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JVM has RSA and EC", e);
            }
        }
        throw new IllegalArgumentException(
                KEY + "cannot be read (expected: an RSA key, or EC on P-256, P-384 or P-521)");
    }

    private static List<String> algorithms(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            int bits = rsa.getModulus().bitLength();
            if (bits < MIN_RSA_BITS) {
                throw new IllegalArgumentException(
                        KEY + "has %d bits (expected: at least %d)".formatted(bits, MIN_RSA_BITS));
            }
            return RSA;
        }
        // Each curve has one algorithm (https://www.rfc-editor.org/rfc/rfc7518.html#section-3.4); Vert.x would accept
        // any.
        int bits = ((ECPublicKey) key).getParams().getCurve().getField().getFieldSize();
        return switch (bits) {
            case 256 -> List.of("ES256");
            case 384 -> List.of("ES384");
            case 521 -> List.of("ES512");
            default ->
                throw new IllegalArgumentException(
                        KEY + "is on a curve of %d bits (expected: P-256, P-384 or P-521)".formatted(bits));
        };
    }

    private static String write(PublicKey key) {
        String lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(key.getEncoded());
        return "-----BEGIN PUBLIC KEY-----\n" + lines + "\n-----END PUBLIC KEY-----";
    }
}
