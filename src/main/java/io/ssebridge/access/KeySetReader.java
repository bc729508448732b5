package io.ssebridge.access;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a key set (<a href="https://www.rfc-editor.org/rfc/rfc7517.html#section-5">JWK Set</a>). As the standard asks,
 * keys that are not understood are ignored. So are secrets, private keys, and keys for encryption.
 */
final class KeySetReader {
    /** The largest size of a key set. Those of large issuers have 20 kB. */
    static final int MAX_BYTES = 256 * 1024;

    /** The largest number of keys in a set. */
    static final int MAX_KEYS = 100;

    // The beginning of every public key on this curve (https://www.rfc-editor.org/rfc/rfc8410.html#section-4).
    private static final byte[] ED25519 = HexFormat.of().parseHex("302a300506032b6570032100");
    private static final int ED25519_BYTES = 32;

    private static final String NO_SET = "it is not a key set (expected: a JSON object with a list of keys)";

    private KeySetReader() {}

    /**
     * Reads the usable keys.
     *
     * @return at least one key, with all the algorithms that it may be used with
     * @throws KeySetException if it is not a key set, is too large, or has no usable key
     */
    static List<VerificationKey> read(byte[] document) throws KeySetException {
        if (document.length > MAX_BYTES) {
            throw new KeySetException("it is larger than %d bytes".formatted(MAX_BYTES));
        }
        Map<String, Object>[] members = members(document);
        if (members.length > MAX_KEYS) {
            throw new KeySetException("it has %d keys (expected: at most %d)".formatted(members.length, MAX_KEYS));
        }
        List<VerificationKey> keys = new ArrayList<>(members.length);
        for (Map<String, Object> member : members) {
            key(member).ifPresent(keys::add);
        }
        if (keys.isEmpty()) {
            throw new KeySetException(
                    "it has no usable key (expected: a public key for signatures: RSA of at least 2048 bits, P-256, P-384, P-521 or Ed25519)");
        }
        return keys;
    }

    private static Map<String, Object>[] members(byte[] document) throws KeySetException {
        try {
            Map<String, Object> set = JSONObjectUtils.parse(new String(document, StandardCharsets.UTF_8));
            // It is null for the JSON text null.
            if (set != null) {
                Map<String, Object>[] members = JSONObjectUtils.getJSONObjectArray(set, "keys");
                if (members != null) {
                    return members;
                }
            }
        } catch (ParseException e) {
            throw new KeySetException(NO_SET, e);
        }
        throw new KeySetException(NO_SET);
    }

    private static Optional<VerificationKey> key(Map<String, Object> member) {
        try {
            JWK key = JWK.parse(member);
            if (key.isPrivate() || !isForSignatures(key)) {
                return Optional.empty();
            }
            Optional<PublicKey> usable = publicKey(key);
            if (usable.isEmpty()) {
                return Optional.empty();
            }
            VerificationKey all = VerificationKey.ofPublicKey(Optional.ofNullable(key.getKeyID()), usable.get());
            VerificationKey limited = key.getAlgorithm() == null
                    ? all
                    : all.limitedTo(List.of(key.getAlgorithm().getName()));
            return Optional.of(limited).filter(each -> !each.algorithms().isEmpty());
        } catch (ParseException | JOSEException | GeneralSecurityException | IllegalArgumentException e) {
            // A kind of key that this reader does not know, or one that is too weak.
            return Optional.empty();
        }
    }

    private static boolean isForSignatures(JWK key) {
        return (key.getKeyUse() == null || key.getKeyUse().equals(KeyUse.SIGNATURE))
                && (key.getKeyOperations() == null || key.getKeyOperations().contains(KeyOperation.VERIFY));
    }

    private static Optional<PublicKey> publicKey(JWK key) throws JOSEException, GeneralSecurityException {
        if (key instanceof RSAKey rsa) {
            return Optional.of(rsa.toRSAPublicKey());
        }
        if (key instanceof ECKey elliptic) {
            return Optional.of(elliptic.toECPublicKey());
        }
        return key instanceof OctetKeyPair pair ? ed25519(pair) : Optional.empty();
    }

    private static Optional<PublicKey> ed25519(OctetKeyPair pair) throws GeneralSecurityException {
        byte[] point = pair.getDecodedX();
        if (!pair.getCurve().equals(Curve.Ed25519) || point.length != ED25519_BYTES) {
            return Optional.empty();
        }
        byte[] encoded = new byte[ED25519.length + point.length];
        System.arraycopy(ED25519, 0, encoded, 0, ED25519.length);
        System.arraycopy(point, 0, encoded, ED25519.length, point.length);
        return Optional.of(KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded)));
    }
}
