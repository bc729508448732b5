package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(60)
class LargeResponsesTest {
    // More than the system takes in its own buffers.
    private static final int PAGE_BYTES = 24_000_000;

    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final LargeResponses responses =
            new LargeResponses(new Clients(TrustedProxies.NONE), 2 * PAGE_BYTES, clock, meters);
    private final FailureHandler failureHandler = new FailureHandler(meters);
    private final AtomicInteger came = new AtomicInteger();
    private final HttpServer server;

    LargeResponsesTest(Vertx vertx) {
        server = vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(0).setSendBufferSize(32 << 10))
                .requestHandler(request -> {
                    came.incrementAndGet();
                    responses
                            .end(request, Buffer.buffer(new byte[PAGE_BYTES]))
                            .onFailure(failure -> failureHandler.fail(request, failure));
                })
                .listen()
                .await();
    }

    private Socket ask() throws IOException {
        return ask("127.0.0.1");
    }

    private Socket ask(String from) throws IOException {
        int before = came.get();
        Socket client = new Socket();
        client.setReceiveBufferSize(4_096);
        client.bind(new InetSocketAddress(from, 0));
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.actualPort()));
        client.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        Eventually.see("a request", Duration.ofSeconds(10), came::get, now -> now > before);
        return client;
    }

    private static String status(Socket client) throws IOException {
        return new String(client.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    }

    private static void readPage(Socket client) throws IOException {
        assertThat(client.getInputStream().readNBytes(PAGE_BYTES)).hasSize(PAGE_BYTES);
    }

    @Test
    void pagesThatAreNotRead_areBounded_andThoseThatStallAreCutForOthers() throws Exception {
        try (Socket one = ask();
                Socket two = ask();
                Socket refused = ask()) {
            assertThat(status(refused)).isEqualTo("HTTP/1.1 503");
            clock.pass(Duration.ofSeconds(5));
            try (Socket third = ask()) {
                assertThat(status(third)).isEqualTo("HTTP/1.1 200");
                assertThat(meters.get("sse.http.refused")
                                .tag("type", "unavailable")
                                .counter()
                                .count())
                        .isEqualTo(1);
                assertThat(meters.get("sse.responses.cut").counter().count()).isEqualTo(1);
                readPage(third);
            }
            assertThatThrownBy(() -> readPage(one))
                    .as("it has been cut")
                    .isInstanceOfAny(SocketException.class, AssertionError.class);
            readPage(two);
            try (Socket again = ask()) {
                readPage(again);
            }
        }
    }

    @Test
    void pagesThatAreRead_areNotCounted() throws Exception {
        for (int i = 0; i < 5; i++) {
            try (Socket client = ask();
                    InputStream page = client.getInputStream()) {
                assertThat(page.readNBytes(PAGE_BYTES)).hasSize(PAGE_BYTES);
            }
        }
        assertThat(meters.get("sse.responses.cut").counter().count()).isZero();
    }

    /** One client asked for page after page and read none: no other client got a page. */
    @Test
    void aClientThatReadsNothing_losesItsOldestPageToAnotherClient() throws Exception {
        try (Socket one = ask("127.0.0.2");
                Socket two = ask("127.0.0.2");
                Socket other = ask("127.0.0.3")) {
            assertThat(status(other)).isEqualTo("HTTP/1.1 200");
            readPage(other);
            readPage(two);
            assertThatThrownBy(() -> readPage(one))
                    .as("it has been cut")
                    .isInstanceOfAny(SocketException.class, AssertionError.class);
        }
    }

    @Test
    void aClientThatHoldsAsMuch_losesNothing() throws Exception {
        try (Socket one = ask("127.0.0.2");
                Socket two = ask("127.0.0.3");
                Socket refused = ask("127.0.0.4")) {
            assertThat(status(refused)).isEqualTo("HTTP/1.1 503");
            readPage(one);
            readPage(two);
        }
    }
}
