package io.ssebridge.access;

import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads public keys in PEM. */
final class PublicKeyPem {
    private static final Pattern BLOCK =
            Pattern.compile("\\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\\s]+)-----END PUBLIC KEY-----\\s*");

    private PublicKeyPem() {}

    /**
     * Reads configured keys. Throws an IllegalArgumentException; its message begins with the key of the configuration
     * and names the fault but shows nothing of the public key.
     */
    static List<VerificationKey> parse(List<String> pems) {
        List<VerificationKey> keys = new ArrayList<>(pems.size());
        for (int i = 0; i < pems.size(); i++) {
            String path = pems.size() == 1 ? "jwt.publicKey" : "jwt.publicKey[%d]".formatted(i);
            try {
                keys.add(VerificationKey.ofPublicKey(Optional.empty(), parse(pems.get(i))));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
            }
        }
        return keys;
    }

    private static PublicKey parse(String pem) {
        if (PublicKeyText.hasPrivateKey(pem)) {
            throw new IllegalArgumentException(
                    "is a private key (expected: the public key; only the issuer needs the private key)");
        }
        Matcher block = BLOCK.matcher(pem);
        if (!block.matches()) {
            throw new IllegalArgumentException(
                    "is not a PEM public key (expected: one block -----BEGIN PUBLIC KEY-----)");
        }
        return decode(block.group(1));
    }

    private static PublicKey decode(String base64) {
        for (String kind : List.of("RSA", "EC", "EdDSA")) {
            try {
                byte[] encoded = Base64.getMimeDecoder().decode(base64);
                return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(encoded));
            } catch (InvalidKeySpecException | IllegalArgumentException e) {
                // The key is of another kind, or unreadable. The message of the exception would not help the operator.
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JVM has RSA, EC and EdDSA", e);
            }
        }
        throw new IllegalArgumentException("cannot be read (expected: RSA, P-256, P-384, P-521 or Ed25519)");
    }
}
