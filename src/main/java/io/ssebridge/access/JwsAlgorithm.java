package io.ssebridge.access;

import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The algorithms of signatures that a token may have (<a
 * href="https://www.rfc-editor.org/rfc/rfc7518.html#section-3">RFC 7518</a>; EdDSA: <a
 * href="https://www.rfc-editor.org/rfc/rfc8037.html#section-3.1">RFC 8037</a>).
 */
enum JwsAlgorithm {
    HS256("HmacSHA256"),
    HS384("HmacSHA384"),
    HS512("HmacSHA512"),
    RS256("SHA256withRSA"),
    RS384("SHA384withRSA"),
    RS512("SHA512withRSA"),
    PS256("RSASSA-PSS", "SHA-256", 32),
    PS384("RSASSA-PSS", "SHA-384", 48),
    PS512("RSASSA-PSS", "SHA-512", 64),
    ES256("SHA256withECDSAinP1363Format", 64),
    ES384("SHA384withECDSAinP1363Format", 96),
    ES512("SHA512withECDSAinP1363Format", 132),
    EDDSA("Ed25519", 64);

    static final List<JwsAlgorithm> HMAC = List.of(HS256, HS384, HS512);
    static final List<JwsAlgorithm> RSA = List.of(RS256, RS384, RS512, PS256, PS384, PS512);
    /** The algorithms with keys that may be known to everybody. */
    static final List<JwsAlgorithm> PUBLIC =
            Arrays.stream(values()).filter(each -> !HMAC.contains(each)).toList();

    private static final int ANY = -1;

    private final String jca;
    // For RSASSA-PSS only.
    private final String hash;
    private final int saltBytes;
    private final int signatureBytes;

    JwsAlgorithm(String jca) {
        this(jca, "", 0, ANY);
    }

    JwsAlgorithm(String jca, String hash, int saltBytes) {
        this(jca, hash, saltBytes, ANY);
    }

    JwsAlgorithm(String jca, int signatureBytes) {
        this(jca, "", 0, signatureBytes);
    }

    JwsAlgorithm(String jca, String hash, int saltBytes, int signatureBytes) {
        this.jca = jca;
        this.hash = hash;
        this.saltBytes = saltBytes;
        this.signatureBytes = signatureBytes;
    }

    /** Finds an algorithm by its name in the header of a token, compared byte for byte. */
    static Optional<JwsAlgorithm> of(String text) {
        return Arrays.stream(values()).filter(each -> each.text().equals(text)).findFirst();
    }

    /** Returns the name in the header of a token. */
    String text() {
        return this == EDDSA ? "EdDSA" : name();
    }

    /** Returns the name by which Java knows the algorithm. */
    String jca() {
        return jca;
    }

    /** Tells whether a check takes too long for an event loop: 0.8 ms for ES256; RS256 takes 0.07, HS256 0.01. */
    boolean isSlow() {
        return signatureBytes != ANY;
    }

    /**
     * Tells whether a signature may have this length. A signature of ECDSA is two numbers, each of the size of the curve
     * (<a href="https://www.rfc-editor.org/rfc/rfc7518.html#section-3.4">RFC 7518</a>): leading zeros would be another
     * spelling of the same signature.
     */
    boolean fits(int length) {
        return signatureBytes == ANY || signatureBytes == length;
    }

    /** Creates the object that checks one signature. */
    Signature signature() throws GeneralSecurityException {
        Signature signature = Signature.getInstance(jca);
        if (!hash.isEmpty()) {
            signature.setParameter(new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), saltBytes, 1));
        }
        return signature;
    }
}
