package io.ssebridge.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.http.RawConnection;
import io.ssebridge.testing.Eventually;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(30)
class BodyReaderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final String POST = "POST / HTTP/1.1\r\nHost: localhost\r\n";

    private final Vertx vertx;
    private final BodyBudget budget = new BodyBudget(24);
    private final int port;

    BodyReaderTest(Vertx vertx) {
        this.vertx = vertx;
        BodyReader bodies = new BodyReader(vertx, 10, PATIENCE);
        HttpServer server = vertx.createHttpServer()
                .requestHandler(request -> bodies.read(request, budget, ContentCoding.IDENTITY)
                        .onSuccess(body -> request.response().end(body))
                        .onFailure(failure -> refuse(request, failure)));
        port = server.listen(0, "127.0.0.1").await().actualPort();
    }

    @Test
    void aBodyThatStalls_isRefusedInTimeAndTheConnectionEnds() {
        try (RawConnection connection = RawConnection.open(port)) {
            RawConnection.Answer answer =
                    connection.send(POST + "Content-Length: 10\r\n\r\n12345").answer();

            assertThat(answer.status()).isEqualTo(408);
            assertThat(connection.isEnded()).isTrue();
        }
    }

    @Test
    void aRefusedBodyThatGoesOnAndOn_isCutOff() {
        try (RawConnection connection = RawConnection.open(port)) {
            RawConnection.Answer answer =
                    connection.send(POST + "Content-Length: 100\r\n\r\n12345").answer();

            assertThat(answer.status()).isEqualTo(413);
            assertThat(connection.send("67890").isEnded()).isTrue();
        }
    }

    @Test
    void aBodyOfExactlyTheBound_isRead() {
        try (RawConnection connection = RawConnection.open(port)) {
            connection.send(POST + "Content-Length: 10\r\n\r\n1234567890");

            assertThat(connection.answer().body()).isEqualTo("1234567890");
            assertThat(connection
                            .send(POST + "Content-Length: 11\r\n\r\n12345678901")
                            .answer()
                            .status())
                    .isEqualTo(413);
            // The connection takes the next request.
            assertThat(connection
                            .send(POST + "Content-Length: 0\r\n\r\n")
                            .answer()
                            .status())
                    .isEqualTo(200);
        }
    }

    /** Bodies that were begun and never ended filled the memory of the node. */
    @Test
    void bodiesThatStall_makeRoomForOneThatComes() {
        try (RawConnection first = RawConnection.open(port);
                RawConnection second = RawConnection.open(port);
                RawConnection third = RawConnection.open(port)) {
            first.send(POST + "Content-Length: 10\r\n\r\n123456789");
            Eventually.holds("the first", Duration.ofSeconds(3), () -> budget.bytes() == 9);
            second.send(POST + "Content-Length: 10\r\n\r\n123456789");
            Eventually.holds("the second", Duration.ofSeconds(3), () -> budget.bytes() == 18);
            third.send(POST + "Content-Length: 10\r\n\r\n1234567890");

            assertThat(third.answer().body()).isEqualTo("1234567890");
            assertThat(first.answer().status()).isEqualTo(429);
            assertThat(second.send("0").answer().body()).isEqualTo("1234567890");
            Eventually.holds("nothing", Duration.ofSeconds(3), () -> budget.bytes() == 0);
        }
    }

    @Test
    void aBodyOfAClientThatHasGone_isCountedNoMore() {
        try (RawConnection gone = RawConnection.open(port)) {
            gone.send(POST + "Content-Length: 10\r\n\r\n123456789");
            Eventually.holds("its bytes", Duration.ofSeconds(3), () -> budget.bytes() == 9);
        }

        Eventually.holds("nothing", Duration.ofSeconds(3), () -> budget.bytes() == 0);
    }

    /** Refused bodies stayed in memory, uncounted, for as long as their clients did not go on. */
    @Test
    void aBodyThatIsRefused_isForgotten() throws Exception {
        int size = 1 << 20;
        BodyReader large = new BodyReader(vertx, size, Duration.ofSeconds(30));
        int at = vertx.createHttpServer()
                .requestHandler(request -> large.read(request).onFailure(failure -> refuse(request, failure)))
                .listen(0, "127.0.0.1")
                .await()
                .actualPort();
        List<RawConnection> refused = new ArrayList<>();
        long before = usedHeap();
        for (int i = 0; i < 40; i++) {
            RawConnection connection = RawConnection.open(at);
            refused.add(connection);
            connection.send(POST + "Transfer-Encoding: chunked\r\n\r\n100001\r\n" + "x".repeat(size + 1) + "\r\n");
            assertThat(connection.answer().status()).isEqualTo(413);
        }
        Eventually.holds("the memory is free", Duration.ofSeconds(10), () -> usedHeap() - before < (20 << 20));
        refused.forEach(RawConnection::close);
    }

    /** Answers and ends a connection as the node does. */
    private static void refuse(HttpServerRequest request, Throwable failure) {
        Problem problem = (Problem) failure;
        problem.send(request.response());
        if (problem.endsConnection()) {
            request.connection().close();
        }
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
