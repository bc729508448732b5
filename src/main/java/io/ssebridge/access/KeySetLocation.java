package io.ssebridge.access;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Reads the location of a key set from the configuration: a URL or the path of a file. */
final class KeySetLocation {
    private static final String KEY = "jwt.jwks: ";
    private static final List<String> SCHEMES = List.of("https", "http");

    private KeySetLocation() {}

    /** Tells whether a location is a URL. */
    static boolean isUrl(String location) {
        return location.contains("://");
    }

    /** Returns a location as a log line may show it, without the query of a URL. */
    static String shown(String location) {
        int query = location.indexOf('?');
        return isUrl(location) && query >= 0 ? location.substring(0, query) : location;
    }

    /**
     * Checks a location from the configuration. A file is read, so that a mistake in it is found before the node starts.
     * A URL is not fetched: its issuer may be unreachable for a moment.
     *
     * @return the location itself
     */
    static String read(String location) {
        if (isUrl(location)) {
            return location;
        }
        try {
            List<VerificationKey> unused = KeySetReader.read(KeySetFile.content(Path.of(location)));
            return location;
        } catch (InvalidPathException | IOException e) {
            throw new IllegalArgumentException("neither a URL nor a file of keys: " + reason(e), e);
        }
    }

    private static String reason(Exception failure) {
        return failure instanceof KeySetException wrong
                ? String.valueOf(wrong.getMessage())
                : "it cannot be read (expected: a JWK Set)";
    }

    /**
     * Checks the form of a location.
     *
     * @throws IllegalArgumentException if it cannot be a key set; the message begins with the key of the configuration
     */
    static void check(String location) {
        if (!isUrl(location)) {
            checkPath(location);
            return;
        }
        URI uri;
        try {
            uri = new URI(location);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(KEY + "is not a URL (expected: https://host/path)", e);
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        if (!SCHEMES.contains(scheme)) {
            throw new IllegalArgumentException(
                    KEY + "a URL with another scheme (expected: https, or http inside a trusted network)");
        }
        if (uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException(
                    KEY + "a URL without a host, or with a user or a fragment (expected: https://host/path)");
        }
    }

    private static void checkPath(String location) {
        try {
            if (!Files.isRegularFile(Path.of(location))) {
                throw new IllegalArgumentException(
                        KEY + "neither a URL nor a file (expected: https://host/path, or a path)");
            }
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(KEY + "neither a URL nor a path", e);
        }
    }
}
