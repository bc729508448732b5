package io.ssebridge.access;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Reads a secret from the configuration. The path of a file is refused: a path that is used as a secret could be
 * guessed.
 */
final class SecretText {
    private SecretText() {}

    /** Returns the secret itself. Error messages do not show it. */
    static String read(String secret) {
        if (isPath(secret)) {
            throw new IllegalArgumentException(
                    "the path of a file (expected: the secret itself; SSE_AUTH_JWT_SECRET can be set to the text of a file)");
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
            // The path of a missing file is still a path if its directory exists.
            return path.isAbsolute() && parent != null && parent.getNameCount() > 0 && Files.isDirectory(parent);
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
