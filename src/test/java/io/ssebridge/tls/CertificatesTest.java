package io.ssebridge.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.testing.TestCertificate;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(VertxExtension.class)
class CertificatesTest {
    private final Vertx vertx;

    @TempDir
    private Path directory;

    CertificatesTest(Vertx vertx) {
        this.vertx = vertx;
    }

    @BeforeEach
    void write() {
        TestCertificate.selfSigned("one").write(directory);
    }

    private Certificates read(Optional<Path> authority) {
        TlsOptions files = new TlsOptions(directory.resolve("cert.pem"), directory.resolve("key.pem"), authority);
        return Certificates.read(vertx, files, "http.tls", "clientCa");
    }

    private void assertRefused(Optional<Path> authority, String start, String expected) {
        assertThatThrownBy(() -> read(authority))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(start)
                .hasMessageContaining(expected)
                .message()
                .doesNotContain("\n");
    }

    @Test
    void aCertificateAndItsKey_areRead() {
        assertThat(read(Optional.empty()).authority()).isEmpty();
        assertThat(read(Optional.of(directory.resolve("cert.pem"))).authority()).isPresent();
        assertThat(read(Optional.empty())).isEqualTo(read(Optional.empty()));
    }

    @Test
    void filesThatCannotBeUsed_areRefusedWithTheirKey() throws IOException {
        Path cert = directory.resolve("cert.pem");
        Path key = directory.resolve("key.pem");
        String goodCert = Files.readString(cert);
        String goodKey = Files.readString(key);

        Files.writeString(key, TestCertificate.selfSigned("two").keyPem());
        assertRefused(Optional.empty(), "http.tls.key: is not the key of the certificate", "(expected: ");

        Files.writeString(key, goodKey);
        Files.writeString(cert, "not PEM");
        assertRefused(Optional.empty(), "http.tls.cert: ", "in PEM");
        Files.writeString(cert, goodCert.substring(0, goodCert.length() / 2));
        assertRefused(Optional.empty(), "http.tls.cert: ", "in PEM");
        Files.writeString(cert, "");
        assertRefused(Optional.empty(), "http.tls.cert: ", "in PEM");

        Files.writeString(cert, goodCert);
        Files.writeString(key, goodCert);
        assertRefused(Optional.empty(), "http.tls.cert: ", "in PEM");
        Files.writeString(key, "x".repeat((1 << 20) + 1));
        assertRefused(Optional.empty(), "http.tls.key: ", "too large");
        Files.delete(key);
        assertRefused(Optional.empty(), "http.tls.key: ", "is not a file");

        Files.writeString(key, goodKey);
        Path authority = Files.writeString(directory.resolve("ca.pem"), goodKey);
        assertRefused(Optional.of(authority), "http.tls.clientCa: ", "certificates in PEM");
        assertRefused(Optional.of(directory), "http.tls.clientCa: ", "is not a file");
    }
}
