package io.ssebridge.tls;

import io.ssebridge.config.Key;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The PEM files of a server with TLS.
 *
 * @param cert the certificate of the server, and those that lead from it to a known authority
 * @param key the private key of the certificate, not encrypted
 * @param authority the certificates of the authority that signs the certificates of clients; empty: clients need none
 */
public record TlsOptions(Path cert, Path key, Optional<Path> authority) {
    private static final Key CERT =
            Key.of("cert", "path", "PEM file with the certificate, and those that lead from it to a known authority");
    private static final Key KEY =
            Key.of("key", "path", "PEM file with the private key of the certificate, not encrypted");

    /**
     * Reads a section {@code tls}.
     *
     * @param tls the section
     * @param authorityKey the key of the authority's certificates
     * @return empty if no key is given
     */
    public static Optional<TlsOptions> from(Section tls, Key authorityKey) {
        return tls.build(() -> {
            Optional<Path> cert = tls.parsed(CERT, Path::of);
            Optional<Path> key = tls.parsed(KEY, Path::of);
            Optional<Path> authority = tls.parsed(authorityKey, Path::of);
            if (cert.isEmpty() && key.isEmpty() && authority.isEmpty()) {
                return Optional.<TlsOptions>empty();
            }
            return Optional.of(new TlsOptions(needed(CERT, cert), needed(KEY, key), authority));
        });
    }

    private static Path needed(Key key, Optional<Path> file) {
        return file.orElseThrow(() -> new IllegalArgumentException(
                key.name() + ": missing (expected: a PEM file; TLS needs both cert and key)"));
    }

    /**
     * Returns the options as a section {@code tls}, with the keys of the configuration.
     *
     * @param authorityKey the name of the key of the authority's certificates
     */
    public JsonObject toJson(String authorityKey) {
        JsonObject json = new JsonObject().put(CERT.name(), cert.toString()).put(KEY.name(), key.toString());
        authority.ifPresent(file -> json.put(authorityKey, file.toString()));
        return json;
    }
}
