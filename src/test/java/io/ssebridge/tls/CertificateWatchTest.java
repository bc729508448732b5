package io.ssebridge.tls;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.ssebridge.testing.CapturedLog;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.TestCertificate;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Certificates of a real server with two instances on one port, which change while it runs. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class CertificateWatchTest {
    private static final Duration PERIOD = Duration.ofMillis(50);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final List<String> PROTOCOLS = List.of("h2", "http/1.1");

    private final AtomicInteger port = new AtomicInteger();
    private final CapturedLog log = new CapturedLog("io.ssebridge.tls", Level.INFO);
    private final TestCertificate first = TestCertificate.selfSigned("first");

    @TempDir
    private Path directory;

    private CertificateWatch watch;

    /** One instance of the server. */
    private final class Instance extends AbstractVerticle {
        @Override
        public void start(Promise<Void> started) {
            Certificates used = watch.current();
            HttpServerOptions options = new HttpServerOptions();
            used.applyTo(options);
            options.setUseAlpn(true).setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1));
            HttpServer server = vertx.createHttpServer(options)
                    .requestHandler(request -> request.response().end());
            server.listen(SocketAddress.sharedRandomPort(1, "127.0.0.1"))
                    .onSuccess(listens -> {
                        port.set(listens.actualPort());
                        watch.add(next -> server.updateSSLOptions(next.serverOptions(PROTOCOLS)), used);
                    })
                    .<Void>mapEmpty()
                    .onComplete(started);
        }
    }

    @BeforeEach
    void open(Vertx vertx) {
        first.write(directory);
        TlsOptions files =
                new TlsOptions(directory.resolve("cert.pem"), directory.resolve("key.pem"), Optional.empty());
        watch = CertificateWatch.open(vertx, files, "http.tls", "clientCa", PERIOD)
                .await();
        vertx.deployVerticle(Instance::new, new DeploymentOptions().setInstances(2))
                .await();
    }

    @AfterEach
    void close() {
        log.close();
    }

    private static SSLSocket connect(int port, SSLContext trusted) throws IOException {
        SSLSocket socket = (SSLSocket) trusted.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(PROTOCOLS.toArray(String[]::new));
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /** Whether a new connection gets a certificate, on each of the instances. */
    private boolean isServed(TestCertificate certificate) {
        for (int i = 0; i < 4; i++) {
            try (SSLSocket socket = connect(port.get(), certificate.trusted())) {
                assertThat(socket.getApplicationProtocol()).isEqualTo("h2");
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    @Test
    void newFiles_areUsedForNewConnections_andTheOldOnesStayOpen() throws IOException {
        SSLSocket before = connect(port.get(), first.trusted());
        TestCertificate second = TestCertificate.selfSigned("second");
        assertThat(isServed(second)).isFalse();

        second.write(directory);
        Eventually.holds("the new certificate", PATIENCE, () -> isServed(second));
        assertThat(isServed(first)).isFalse();
        Eventually.holds(
                "a line in the log",
                PATIENCE,
                () -> log.lines()
                        .equals(List.of(
                                "INFO http.tls: the files have changed, and new connections use their certificate")));

        before.getOutputStream().write(0);
        assertThat(before.isClosed()).isFalse();
        before.close();
    }

    @Test
    void filesThatCannotBeUsed_leaveTheOldCertificate_andTheLogSaysSoOnce() throws IOException {
        Files.writeString(
                directory.resolve("key.pem"),
                TestCertificate.selfSigned("other").keyPem());
        Eventually.holds("a line in the log", PATIENCE, () -> log.lines().size() == 1);
        assertThat(log.lines().get(0))
                .startsWith(
                        "WARN The files of http.tls cannot be used, and the certificate before them stays: http.tls.key: ");
        Files.writeString(directory.resolve("cert.pem"), "garbage");
        Files.delete(directory.resolve("key.pem"));
        assertThat(isServed(first)).isTrue();

        TestCertificate third = TestCertificate.selfSigned("third");
        third.write(directory);
        Eventually.holds("the third certificate", PATIENCE, () -> isServed(third));
        assertThat(log.lines()).hasSize(2);
        assertThat(log.lines().get(1)).startsWith("INFO http.tls: the files have changed");
    }

    @Test
    void theOldFilesAgain_areSaidToBeUsable() throws IOException {
        Files.delete(directory.resolve("cert.pem"));
        Eventually.holds("a line in the log", PATIENCE, () -> log.lines().size() == 1);
        first.write(directory);
        Eventually.holds("another line", PATIENCE, () -> log.lines().size() == 2);
        assertThat(log.lines().get(1)).isEqualTo("INFO http.tls: the files can be used again");
        assertThat(isServed(first)).isTrue();
    }
}
