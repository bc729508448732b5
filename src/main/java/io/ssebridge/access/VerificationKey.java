package io.ssebridge.access;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key that checks signatures. Immutable.
 *
 * @param id the name of the key in its set
 * @param key a public key, or the secret of HMAC
 * @param algorithms the algorithms that it may be used with, the default first
 */
record VerificationKey(Optional<String> id, Key key, List<JwsAlgorithm> algorithms) {
    private static final int MIN_RSA_BITS = 2048;
    // A larger one would take long on an event loop.
    private static final int MAX_RSA_BITS = 8192;

    VerificationKey {
        algorithms = List.copyOf(algorithms);
    }

    static VerificationKey ofSecret(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        return new VerificationKey(Optional.empty(), new SecretKeySpec(bytes, "HMAC"), JwsAlgorithm.HMAC);
    }

    /**
     * Creates a key with all the algorithms that fit it.
     *
     * @throws IllegalArgumentException if it is too weak or of a kind that is not supported; the message says what was
     *     found and what was expected
     */
    static VerificationKey ofPublicKey(Optional<String> id, PublicKey key) {
        return new VerificationKey(id, key, algorithms(key));
    }

    private static List<JwsAlgorithm> algorithms(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            int bits = rsa.getModulus().bitLength();
            if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
                throw new IllegalArgumentException(
                        "has %d bits (expected: %d to %d)".formatted(bits, MIN_RSA_BITS, MAX_RSA_BITS));
            }
            return JwsAlgorithm.RSA;
        }
        if (key instanceof EdECPublicKey edwards) {
            if (!edwards.getParams().getName().equals(NamedParameterSpec.ED25519.getName())) {
                throw new IllegalArgumentException("is on another curve (expected: Ed25519)");
            }
            return List.of(JwsAlgorithm.EDDSA);
        }
        if (key instanceof ECPublicKey elliptic) {
            // Each curve has one algorithm (https://www.rfc-editor.org/rfc/rfc7518.html#section-3.4).
            int bits = elliptic.getParams().getCurve().getField().getFieldSize();
            return switch (bits) {
                case 256 -> List.of(JwsAlgorithm.ES256);
                case 384 -> List.of(JwsAlgorithm.ES384);
                case 521 -> List.of(JwsAlgorithm.ES512);
                default ->
                    throw new IllegalArgumentException(
                            "is on a curve of %d bits (expected: P-256, P-384 or P-521)".formatted(bits));
            };
        }
        throw new IllegalArgumentException("is of another kind (expected: RSA, P-256, P-384, P-521 or Ed25519)");
    }

    /**
     * Returns the same key for fewer algorithms.
     *
     * @param allowed the configured algorithms; empty: the default of the key
     */
    VerificationKey limitedTo(List<String> allowed) {
        return new VerificationKey(
                id,
                key,
                allowed.isEmpty()
                        ? algorithms.subList(0, 1)
                        : algorithms.stream()
                                .filter(each -> allowed.contains(each.text()))
                                .toList());
    }

    /**
     * Checks a signature.
     *
     * @param algorithm one of the algorithms of this key
     * @param signed the signed bytes
     * @param signature the signature
     */
    boolean verify(JwsAlgorithm algorithm, byte[] signed, byte[] signature) {
        try {
            if (key instanceof SecretKey) {
                Mac mac = Mac.getInstance(algorithm.jca());
                mac.init(key);
                // Takes the same time wherever the difference is.
                return MessageDigest.isEqual(mac.doFinal(signed), signature);
            }
            Signature verifier = algorithm.signature();
            verifier.initVerify((PublicKey) key);
            verifier.update(signed);
            return verifier.verify(signature);
        } catch (SignatureException e) {
            // It is not even the form of a signature.
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a key does not fit " + algorithm.text(), e);
        }
    }

    /** Shows nothing of the key. */
    @Override
    public String toString() {
        return "VerificationKey[id=%s, algorithms=%s]".formatted(id, algorithms);
    }
}
