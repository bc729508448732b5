package io.ssebridge.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.ssebridge.config.OneLine;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.vertx.core.net.TCPSSLOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.X509KeyManager;

/**
 * The content of the PEM files of a server.
 *
 * @param chain the certificate of the server, and those that lead from it to a known authority
 * @param key its private key
 * @param authority the certificates of the authority that signs the certificates of clients; empty: clients need none
 */
public record Certificates(Buffer chain, Buffer key, Optional<Buffer> authority) {
    private static final int MOST_BYTES = 1 << 20;
    private static final int HANDSHAKE_SECONDS = 10;
    private static final List<String> KEY_TYPES = List.of("EC", "RSA", "EdDSA", "RSASSA-PSS");
    private static final byte[] SAMPLE = "a text that the key signs, and the certificate verifies".getBytes(US_ASCII);

    /** The versions of TLS that a server speaks. */
    static final Set<String> VERSIONS = Set.of("TLSv1.3", "TLSv1.2");

    /** The cipher suites that a server speaks: each with forward secrecy and authenticated encryption, the best first. */
    static final List<String> CIPHER_SUITES = List.of(
            "TLS_AES_256_GCM_SHA384",
            "TLS_AES_128_GCM_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    /**
     * Reads the files, and checks that a server can use them. This waits for the disk.
     *
     * @param vertx parses the files
     * @param files the files
     * @param section the section of the configuration; the message begins with it
     * @param authorityKey the key of the authority's certificates in this section
     * @throws IllegalArgumentException if a file cannot be read or used, or if key and certificate do not belong together
     */
    public static Certificates read(Vertx vertx, TlsOptions files, String section, String authorityKey) {
        Certificates read = new Certificates(
                content(section + ".cert", files.cert()),
                content(section + ".key", files.key()),
                files.authority().map(file -> content(section + '.' + authorityKey, file)));
        read.check(vertx, section, authorityKey);
        return read;
    }

    private static Buffer content(String key, Path file) {
        String name = OneLine.quote(file.toString());
        // A pipe could keep the thread for ever.
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("%s: %s is not a file (expected: a PEM file)".formatted(key, name));
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new IllegalArgumentException(
                        "%s: %s is too large (expected: at most %d bytes)".formatted(key, name, MOST_BYTES));
            }
            return Buffer.buffer(bytes);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "%s: %s cannot be read (expected: a PEM file that this user may read)".formatted(key, name), e);
        }
    }

    private void check(Vertx vertx, String section, String authorityKey) {
        boolean fits;
        try {
            fits = fits(vertx);
        } catch (Exception e) {
            throw wrong(section + ".cert", "a certificate and its private key, both in PEM", e);
        }
        if (!fits) {
            throw new IllegalArgumentException(section
                    + ".key: is not the key of the certificate (expected: the private key of " + section + ".cert)");
        }
        if (authority.isPresent()) {
            try {
                var unused = trust(authority.get()).getTrustManagerFactory(vertx);
            } catch (Exception e) {
                throw wrong(section + '.' + authorityKey, "certificates in PEM", e);
            }
        }
    }

    private static IllegalArgumentException wrong(String key, String expected, Exception cause) {
        return new IllegalArgumentException(
                "%s: %s (expected: %s)".formatted(key, OneLine.of(String.valueOf(cause.getMessage())), expected),
                cause);
    }

    private boolean fits(Vertx vertx) throws Exception {
        for (KeyManager each : identity().getKeyManagerFactory(vertx).getKeyManagers()) {
            if (each instanceof X509KeyManager keys) {
                for (String type : KEY_TYPES) {
                    String[] aliases = keys.getServerAliases(type, null);
                    if (aliases != null && aliases.length > 0) {
                        return fits(keys.getPrivateKey(aliases[0]), keys.getCertificateChain(aliases[0])[0]);
                    }
                }
            }
        }
        throw new GeneralSecurityException("the certificate's kind of key is unknown");
    }

    private static boolean fits(PrivateKey key, X509Certificate certificate) throws GeneralSecurityException {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
        };
        if (!key.getAlgorithm().equals(certificate.getPublicKey().getAlgorithm())) {
            return false;
        }
        Signature signature = Signature.getInstance(algorithm);
        signature.initSign(key);
        signature.update(SAMPLE);
        byte[] signed = signature.sign();
        signature.initVerify(certificate);
        signature.update(SAMPLE);
        return signature.verify(signed);
    }

    private PemKeyCertOptions identity() {
        return new PemKeyCertOptions().addCertValue(chain).addKeyValue(key);
    }

    private static PemTrustOptions trust(Buffer authority) {
        return new PemTrustOptions().addCertValue(authority);
    }

    /**
     * Returns the options of a server.
     *
     * @param protocols the names of its protocols, the preferred one first
     */
    public ServerSSLOptions serverOptions(List<String> protocols) {
        ServerSSLOptions options = new ServerSSLOptions();
        options.setKeyCertOptions(identity());
        options.setEnabledSecureTransportProtocols(new LinkedHashSet<>(VERSIONS));
        CIPHER_SUITES.forEach(options::addEnabledCipherSuite);
        options.setUseAlpn(true).setApplicationLayerProtocols(protocols);
        options.setSslHandshakeTimeout(HANDSHAKE_SECONDS).setSslHandshakeTimeoutUnit(TimeUnit.SECONDS);
        authority.ifPresent(some -> {
            options.setTrustOptions(trust(some));
            options.setClientAuth(ClientAuth.REQUEST);
        });
        return options;
    }

    /**
     * Switches TLS on.
     *
     * @param options of a server or of the event bus
     */
    public void applyTo(TCPSSLOptions options) {
        options.setSsl(true)
                .setKeyCertOptions(identity())
                .setEnabledSecureTransportProtocols(new LinkedHashSet<>(VERSIONS))
                .setSslHandshakeTimeout(HANDSHAKE_SECONDS)
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS);
        CIPHER_SUITES.forEach(options::addEnabledCipherSuite);
        authority.ifPresent(some -> options.setTrustOptions(trust(some)));
    }
}
