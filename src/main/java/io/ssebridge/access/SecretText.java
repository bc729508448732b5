package io.ssebridge.access;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Reads a secret, which is written out, and refuses the path of a file: taken for the secret, it could be guessed. */
final class SecretText {
    private SecretText() {}

    /** The secret itself. Messages do not show it. */
    static String read(String secret) {
        if (isPath(secret)) {
            throw new IllegalArgumentException(
                    "the path of a file (expected: the secret itself; SSE_AUTH_JWT_SECRET can be set to what a file holds)");
        }
        return secret;
    }

    private static boolean isPath(String text) {
        try {
            Path path = Path.of(text);
            Path parent = path.getParent();
            if (Files.exists(path)) {
                return true;
            }
            // A file that is missing is meant all the same where its directory is there.
            return path.isAbsolute() && parent != null && parent.getNameCount() > 0 && Files.isDirectory(parent);
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
