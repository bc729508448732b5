package io.ssebridge.access;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Reads a secret from the configuration. The path of a file is refused: a path that is used as a secret could be
 * guessed.
 */
final class SecretText {
    private static final int LEAST_BYTES = 32;

    private SecretText() {}

    /** Returns the secret itself. Error messages do not show it. */
    static String read(String secret) {
        if (isPath(secret)) {
            throw new IllegalArgumentException(
                    "the path of a file (expected: the secret itself; SSE_AUTH_JWT_SECRET can be set to the text of a file)");
        }
        check(secret);
        return secret;
    }

    /** Checks that a secret is one, and long enough. Error messages do not show it. */
    static void check(String secret) {
        if (PublicKeyText.hasKey(secret)) {
            // A public key is not secret: used as an HMAC secret, it would let any reader of it sign tokens.
            throw new IllegalArgumentException("is a PEM key (expected: under jwt.publicKey)");
        }
        int bytes = secret.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < LEAST_BYTES) {
            throw new IllegalArgumentException(
                    "%d bytes (expected: at least %d bytes of UTF-8)".formatted(bytes, LEAST_BYTES));
        }
    }

    private static boolean isPath(String text) {
        try {
            Path path = Path.of(text);
            Path parent = path.getParent();
            if (Files.exists(path)) {
                return true;
            }
            // The path of a missing file is still a path if its directory exists.
            return path.isAbsolute() && parent != null && parent.getNameCount() > 0 && Files.isDirectory(parent);
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
