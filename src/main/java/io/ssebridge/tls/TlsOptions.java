package io.ssebridge.tls;

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
    private static final String CERT = "cert";
    private static final String KEY = "key";

    /**
     * Reads a section {@code tls}.
     *
     * @param tls the section
     * @param authorityKey the key of the authority's certificates
     * @return empty if no key is given
     */
    public static Optional<TlsOptions> from(Section tls, String authorityKey) {
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

    private static Path needed(String key, Optional<Path> file) {
        return file.orElseThrow(() ->
                new IllegalArgumentException(key + ": missing (expected: a PEM file; TLS needs both cert and key)"));
    }

    /**
     * Returns the options as a section {@code tls}, with the keys of the configuration.
     *
     * @param authorityKey as above
     */
    public JsonObject toJson(String authorityKey) {
        JsonObject json = new JsonObject().put(CERT, cert.toString()).put(KEY, key.toString());
        authority.ifPresent(file -> json.put(authorityKey, file.toString()));
        return json;
    }
}
