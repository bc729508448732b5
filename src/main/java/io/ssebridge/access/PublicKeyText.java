package io.ssebridge.access;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Reads a public key from the configuration: the key itself or the path of a file. */
final class PublicKeyText {
    private static final String PEM_START = "-----BEGIN ";

    private PublicKeyText() {}

    /**
     * Returns PEM, given PEM or the path of a PEM file. Error messages show neither, because the value may be a secret
     * in the wrong place.
     */
    static String read(String pemOrPath) {
        String pem = isPem(pemOrPath) ? pemOrPath : content(pemOrPath);
        if (!isPem(pem)) {
            throw new IllegalArgumentException("a file without a key (expected: PEM, beginning with -----BEGIN)");
        }
        if (hasPrivateKey(pem)) {
            throw new IllegalArgumentException(
                    "a private key (expected: the public key; only the issuer needs the private key)");
        }
        return pem;
    }

    /** Returns the file of a key; empty: the text is the key itself, or no path. */
    static Optional<Path> file(String pemOrPath) {
        try {
            return isPem(pemOrPath) ? Optional.empty() : Optional.of(Path.of(pemOrPath));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    /** Returns whether a text has a key in PEM, of any kind. */
    static boolean hasKey(String text) {
        return text.contains(PEM_START);
    }

    /** Returns whether a text has a private key in PEM. */
    static boolean hasPrivateKey(String text) {
        return text.contains("PRIVATE KEY-----");
    }

    private static boolean isPem(String text) {
        return text.stripLeading().startsWith(PEM_START);
    }

    private static String content(String path) {
        try {
            return Files.readString(Path.of(path));
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException(
                    "neither PEM nor a readable file (expected: PEM, beginning with -----BEGIN, or a PEM file's path)",
                    e);
        }
    }
}
