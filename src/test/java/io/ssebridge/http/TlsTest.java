package io.ssebridge.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.TestCertificate;
import io.ssebridge.testing.Tokens;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node that speaks TLS. */
@Timeout(60)
class TlsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String RULES = """
            stream: {stalledTimeout: 2s}
            limits: {newChannelsPerIp: 0}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public}
              - {channel: "team.{name}", publish: authenticated}
              - {channel: "jobs.{name}", publish: %s}
            """;

    private final TestCertificate certificate = TestCertificate.selfSigned("bridge");

    @TempDir
    private Path directory;

    private @Nullable ServedNode node;

    @AfterEach
    void close() {
        if (node != null) {
            node.close();
        }
    }

    private ServedNode serve(String tls, String http) {
        certificate.write(directory);
        ServedNode served = ServedNode.of(
                RULES.formatted(tls.isEmpty() ? "none" : "certificate"),
                "tls: {cert: \"%s\", key: \"%s\"%s}%s"
                        .formatted(directory.resolve("cert.pem"), directory.resolve("key.pem"), tls, http));
        node = served;
        return served;
    }

    private static SSLSocket connect(ServedNode node, SSLContext trusted, String... protocols) throws IOException {
        SSLSocket socket =
                (SSLSocket) trusted.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), node.port());
        socket.setSoTimeout((int) PATIENCE.toMillis());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        return socket;
    }

    private static void send(SSLSocket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(UTF_8));
    }

    private static BufferedReader reader(SSLSocket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    private static String lineOf(BufferedReader lines, String start) throws IOException {
        String line = lines.readLine();
        while (line != null && !line.startsWith(start)) {
            line = lines.readLine();
        }
        return String.valueOf(line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void newVersionsOfTls_areSpoken(String version) throws IOException {
        ServedNode served = serve("", "");
        try (SSLSocket socket = connect(served, certificate.trusted(), "http/1.1")) {
            socket.setEnabledProtocols(new String[] {version});
            send(socket, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(reader(socket).readLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(socket.getSession().getCipherSuite()).matches("TLS_(ECDHE_.*)?(AES|CHACHA20).*");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
                "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
            })
    void oldCipherSuites_areRefused(String suite) throws IOException {
        ServedNode served = serve("", "");
        try (SSLSocket socket = connect(served, certificate.trusted())) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setEnabledCipherSuites(new String[] {suite});
            assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
        }
    }

    @Test
    void http2_isChosenByItsName_unlessItIsOff() throws IOException {
        ServedNode served = serve("", "");
        try (SSLSocket both = connect(served, certificate.trusted(), "h2", "http/1.1");
                SSLSocket old = connect(served, certificate.trusted(), "http/1.1");
                SSLSocket none = connect(served, certificate.trusted())) {
            both.startHandshake();
            assertThat(both.getApplicationProtocol()).isEqualTo("h2");
            old.startHandshake();
            assertThat(old.getApplicationProtocol()).isEqualTo("http/1.1");
            send(none, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(reader(none).readLine()).isEqualTo("HTTP/1.1 200 OK");
        }
        close();
        ServedNode without = serve("", ", http2: false");
        try (SSLSocket both = connect(without, certificate.trusted(), "h2", "http/1.1")) {
            both.startHandshake();
            assertThat(both.getApplicationProtocol()).isEqualTo("http/1.1");
        }
    }

    @Test
    void aStreamOfHttp11_goesOverTls() throws IOException {
        ServedNode served = serve("", "");
        try (SSLSocket socket = connect(served, certificate.trusted())) {
            send(socket, "GET /stream/public.a HTTP/1.1\r\nHost: localhost\r\n\r\n");
            BufferedReader lines = reader(socket);
            assertThat(lineOf(lines, "event: stream-open")).isEqualTo("event: stream-open");
            for (int i = 0; i < 50; i++) {
                served.publish("public.a", i + "x".repeat(30_000));
            }
            for (int i = 0; i < 50; i++) {
                assertThat(lineOf(lines, "data: " + i)).startsWith("data: " + i + "x");
            }
            served.publishLast("public.a", "the end");
            assertThat(lineOf(lines, "data: the end")).isEqualTo("data: the end");
            assertThat(lineOf(lines, "event: stream-error")).isEqualTo("event: stream-error");
            assertThat(lineOf(lines, "never")).isEqualTo("null");
        }
        Eventually.see("no stream that counts", PATIENCE, served::openStreams, open -> open == 0);
    }

    @Test
    void aStreamOverTlsThatIsNotRead_isCut() throws IOException {
        ServedNode served = serve("", "");
        try (SSLSocket socket = connect(served, certificate.trusted())) {
            send(socket, "GET /stream/public.a HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(lineOf(reader(socket), "event: stream-open")).isEqualTo("event: stream-open");
            // The buffers of the system take some events first.
            Eventually.holds("the end of the stream", PATIENCE, () -> {
                served.publish("public.a", "x".repeat(60_000));
                served.clock().pass(Duration.ofMillis(100));
                return served.openStreams() == 0;
            });
            Eventually.holds(
                    "no stalled bytes",
                    PATIENCE,
                    () -> served.meters().get("sse.stalled.bytes").gauge().value() == 0);
        }
    }

    @Test
    void theSessionCookie_isSecure_andAPageOverPlainHttpIsForeign() throws IOException {
        ServedNode served = serve("", "");
        try (SSLSocket socket = connect(served, certificate.trusted())) {
            String request =
                    "POST /session HTTP/1.1\r\nHost: app.example\r\nOrigin: %s\r\nAuthorization: Bearer %s\r\nContent-Length: 0\r\n\r\n";
            send(socket, request.formatted("https://app.example", Tokens.of("alice")));
            BufferedReader lines = reader(socket);
            assertThat(lineOf(lines, "HTTP/1.1")).isEqualTo("HTTP/1.1 204 No Content");
            assertThat(lineOf(lines, "set-cookie")).endsWith("; Secure");
            send(socket, request.formatted("http://app.example", Tokens.of("alice")));
            assertThat(lineOf(lines, "HTTP/1.1")).isEqualTo("HTTP/1.1 403 Forbidden");
        }
    }

    @Test
    void aClientCertificate_isCheckedIfThereIsOne() throws IOException {
        TestCertificate authority = TestCertificate.selfSigned("clients");
        Path clients = Files.writeString(directory.resolve("clients.pem"), authority.pem());
        ServedNode served = serve(", clientCa: \"" + clients + "\"", "");

        assertThat(live(served, certificate.trusted())).isEqualTo("HTTP/1.1 200 OK");
        assertThat(live(served, certificate.trusted(authority.sign("publisher"))))
                .isEqualTo("HTTP/1.1 200 OK");
        TestCertificate stranger = TestCertificate.selfSigned("clients").sign("publisher");
        assertThatThrownBy(() -> live(served, certificate.trusted(stranger))).isInstanceOf(IOException.class);
    }

    @Test
    void aRule_canAskForAClientCertificate() throws IOException {
        TestCertificate authority = TestCertificate.selfSigned("clients");
        Path clients = Files.writeString(directory.resolve("clients.pem"), authority.pem());
        ServedNode served = serve(", clientCa: \"" + clients + "\"", "");

        assertThat(publish(served, certificate.trusted(authority.sign("publisher")), ""))
                .isEqualTo("HTTP/1.1 201 Created");
        assertThat(publish(served, certificate.trusted(), "")).isEqualTo("HTTP/1.1 403 Forbidden");
        assertThat(publish(served, certificate.trusted(), "Authorization: Bearer %s\r\n".formatted(Tokens.of("alice"))))
                .isEqualTo("HTTP/1.1 403 Forbidden");
        // A browser may add a certificate to the request of any page.
        assertThat(publish(
                        served, certificate.trusted(authority.sign("publisher")), "Origin: https://evil.example\r\n"))
                .isEqualTo("HTTP/1.1 403 Forbidden");
    }

    private static String publish(ServedNode node, SSLContext context, String headers) throws IOException {
        try (SSLSocket socket = connect(node, context)) {
            send(
                    socket,
                    "POST /publish/jobs.a HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n"
                            + headers
                            + "\r\nx");
            return String.valueOf(reader(socket).readLine());
        }
    }

    private static String live(ServedNode node, SSLContext context) throws IOException {
        try (SSLSocket socket = connect(node, context)) {
            // With the other version a client is told too late.
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            send(socket, "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return String.valueOf(reader(socket).readLine());
        }
    }

    @Test
    void noiseOnThePort_costsNothing() throws IOException {
        ServedNode served = serve("", "");
        for (String noise :
                List.of("GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\u0016\u0003\u0001\u00ff\u00ff", "\0".repeat(100))) {
            try (RawConnection raw = RawConnection.open(served.port())) {
                raw.send(noise);
            }
        }
        assertThat(live(served, certificate.trusted())).isEqualTo("HTTP/1.1 200 OK");
    }
}
