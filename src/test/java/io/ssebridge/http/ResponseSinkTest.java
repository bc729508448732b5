package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.testing.Eventually;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(30)
class ResponseSinkTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final AtomicInteger full = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private final HttpServer server;

    ResponseSinkTest(Vertx vertx) {
        server = vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(0).setSendBufferSize(4_096))
                .requestHandler(request -> {
                    request.response().setChunked(true);
                    ResponseSink sink = new ResponseSink(request);
                    sink.onClose(closed::incrementAndGet);
                    while (sink.isWritable()) {
                        sink.write(EncodedBatch.of(Buffer.buffer("x".repeat(60_000))));
                    }
                    full.incrementAndGet();
                    sink.abort();
                })
                .listen()
                .await();
    }

    @Test
    void aStreamThatIsAborted_ends_thoughItsClientReadsNothing() throws IOException {
        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(4_096);
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.actualPort()));
            client.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

            Eventually.see("the end of the stream", PATIENCE, closed::get, count -> count > 0);
            assertThat(full).hasValue(1);
        }
    }
}
