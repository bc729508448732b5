package io.ssebridge.encoding;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256. */
public final class Sha256 {
    // Used only as a template for clones, because a look-up of the algorithm costs more than the hash itself.
    private static final MessageDigest TEMPLATE = template();

    private Sha256() {}

    /**
     * Returns the hash of a text in UTF-8.
     *
     * @param text the text
     */
    public static byte[] hash(String text) {
        return hash(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns the hash of bytes.
     *
     * @param bytes the bytes
     */
    public static byte[] hash(byte[] bytes) {
        try {
            return ((MessageDigest) TEMPLATE.clone()).digest(bytes);
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the SHA-256 of every JVM can be cloned", e);
        }
    }

    private static MessageDigest template() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
