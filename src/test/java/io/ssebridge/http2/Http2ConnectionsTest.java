package io.ssebridge.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.http.RawHttp2;
import io.ssebridge.http1.HeadBudget;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.TestCertificate;
import io.ssebridge.tls.Certificates;
import io.ssebridge.tls.TlsOptions;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.junit5.VertxExtension;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The memory of many requests of one connection, with a small bound; the requests are never answered. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class Http2ConnectionsTest {
    private static final int MAX_BYTES = 500_000;
    private static final int HEAD_BYTES = 20_000;

    private final Vertx vertx;
    private final OnContext owner;
    private final FakeClock clock = new FakeClock();
    private final HeadBudget heads = new HeadBudget(MAX_BYTES);
    private final TestCertificate certificate = TestCertificate.selfSigned("bridge");

    @TempDir
    private Path directory;

    private HttpServer server;

    Http2ConnectionsTest(Vertx vertx) {
        this.vertx = vertx;
        owner = new OnContext(vertx.getOrCreateContext());
    }

    @BeforeEach
    void serve() {
        certificate.write(directory);
        HttpServerOptions options = new HttpServerOptions().setPort(0).setHost("127.0.0.1");
        Certificates.read(
                        vertx,
                        new TlsOptions(directory.resolve("cert.pem"), directory.resolve("key.pem"), Optional.empty()),
                        "tls",
                        "ca")
                .applyTo(options);
        options.setUseAlpn(true).setAlpnVersions(List.of(HttpVersion.HTTP_2));
        Http2Connections.bound(options, 2 * HEAD_BYTES);
        server = owner.call(() -> {
            Http2Connections connections = new Http2Connections(vertx, heads, Duration.ofSeconds(2), clock);
            return vertx.createHttpServer(options)
                    .connectionHandler(connections::opened)
                    .requestHandler(request -> {
                        connections.came(request);
                        if ("/ok".equals(request.path())) {
                            request.response().end("ok");
                        } else if ("/stream".equals(request.path())) {
                            Http2Connections.forgetHead(request);
                            request.response().write("open");
                        }
                    })
                    .listen();
        });
    }

    private RawHttp2 connect() {
        return RawHttp2.open(server.actualPort(), certificate.trusted());
    }

    private long bytes() {
        return owner.get(heads::bytes);
    }

    @Test
    void manyLargeHeads_endTheConnectionThatHasThem_andNoOther() {
        try (RawHttp2 honest = connect();
                RawHttp2 greedy = connect()) {
            honest.get("/wait");
            for (int i = 0; i < 100 && !greedy.isClosed(); i++) {
                greedy.get("/wait", "x: " + "y".repeat(HEAD_BYTES));
            }
            greedy.awaitEnd();
            assertThat(honest.whole(honest.get("/ok"))).isEqualTo("ok");
            assertThat(bytes()).isBetween(1L, 5_000L);
        }
    }

    @Test
    void answeredRequestsAndOpenStreams_countNoMore() {
        try (RawHttp2 connection = connect()) {
            for (int i = 0; i < 100; i++) {
                String path = i % 2 == 0 ? "/ok" : "/stream";
                int stream = connection.get(path, "x: " + "y".repeat(HEAD_BYTES));
                assertThat(connection.status(stream)).isEqualTo(200);
            }
            assertThat(connection.isClosed()).isFalse();
            assertThat(bytes()).isZero();
        }
    }

    @Test
    void anAnswerThatIsNotTaken_isDroppedAfterSomeTime() {
        try (RawHttp2 connection = RawHttp2.open(
                server.actualPort(), certificate.trusted(), RawHttp2.setting(RawHttp2.INITIAL_WINDOW_SIZE, 0))) {
            int stream = connection.get("/ok");
            assertThat(connection.status(stream)).isEqualTo(200);
            clock.pass(Duration.ofMinutes(3));
            assertThat(connection.resetCode(stream)).isEqualTo(8);
            assertThat(bytes()).isZero();
        }
    }
}
