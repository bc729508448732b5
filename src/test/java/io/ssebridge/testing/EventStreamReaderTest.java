package io.ssebridge.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(60)
class EventStreamReaderTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final Vertx vertx;
    private final Queue<HttpServerResponse> streams = new ConcurrentLinkedQueue<>();

    EventStreamReaderTest(Vertx vertx) {
        this.vertx = vertx;
    }

    @Test
    void aStream_isReadEventByEvent() {
        URI uri = serve(this::openStream);
        try (EventStreamReader reader = EventStreamReader.open(uri, Map.of("Last-Event-ID", "7"))) {
            assertThat(reader.status()).isEqualTo(200);
            assertThat(reader.headers()).containsEntry("Content-Type", "text/event-stream");
            write("data: one\n\nevent: goal\ndata: t");
            assertThat(reader.next(PATIENCE)).isEqualTo(new ReceivedEvent("message", "one", "7"));
            write("wo\nid: 8\n\n:beat\n");
            assertThat(reader.await("goal")).isEqualTo(new ReceivedEvent("goal", "two", "8"));
            reader.awaitComments(1, PATIENCE);
            assertThat(reader.lastEventId()).isEqualTo("8");
            assertThat(reader.findings()).isEmpty();
        }
    }

    @Test
    void anEventThatDoesNotCome_isMissed_andTheOtherEventsAreShown() {
        URI uri = serve(this::openStream);
        try (EventStreamReader reader = EventStreamReader.open(uri)) {
            write("data: something else\n\n");
            assertThatThrownBy(() -> reader.await(event -> event.type().equals("goal"), SHORT))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("something else");
        }
    }

    @Test
    void aStreamThatIsEnded_endsComplete() {
        URI uri = serve(this::openStream);
        try (EventStreamReader reader = EventStreamReader.open(uri)) {
            streams.remove().end("data: last\n\n");
            assertThat(reader.awaitEnd(PATIENCE)).isEqualTo(EventStreamReader.End.COMPLETE);
            assertThat(reader.events()).hasSize(1);
        }
    }

    @Test
    void aConnectionThatIsClosed_endsTheStreamCut() {
        URI uri = serve(request -> {
            openStream(request);
            request.connection().close();
        });
        try (EventStreamReader reader = EventStreamReader.open(uri)) {
            assertThat(reader.awaitEnd(PATIENCE)).isEqualTo(EventStreamReader.End.CUT);
        }
    }

    @Test
    void anErrorResponse_isThereWithItsBody() {
        URI uri = serve(request -> request.response().setStatusCode(403).end("{\"title\": \"no\"}"));
        try (EventStreamReader reader = EventStreamReader.open(uri)) {
            assertThat(reader.status()).isEqualTo(403);
            assertThat(reader.body()).isEqualTo("{\"title\": \"no\"}");
        }
    }

    @Test
    void closeAndReset_areSeenByTheServer() throws InterruptedException {
        CountDownLatch closed = new CountDownLatch(2);
        URI uri = serve(request -> {
            request.connection().closeHandler(nothing -> closed.countDown());
            openStream(request);
        });
        EventStreamReader.open(uri).close();
        EventStreamReader.open(uri).reset();
        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aPausedReader_holdsUpTheServerUntilItReadsOn() throws TimeoutException {
        URI uri = serve(this::openStream);
        try (EventStreamReader reader = EventStreamReader.open(uri, Map.of(), 4096)) {
            reader.pause();
            Future<Void> written = streams.remove().write("data: " + "x".repeat(30_000_000) + "\n\n");
            assertThatThrownBy(() -> written.await(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            reader.resume();
            assertThat(reader.next(PATIENCE).data()).hasSize(30_000_000);
            written.await(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void aThousandReaders_areServedByOneThread() {
        URI uri = serve(this::openStream);
        List<EventStreamReader> readers = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            readers.add(EventStreamReader.open(uri));
        }
        write("data: to all\n\n");
        readers.forEach(reader -> assertThat(reader.next(PATIENCE).data()).isEqualTo("to all"));
        readers.forEach(EventStreamReader::reset);
    }

    private void openStream(HttpServerRequest request) {
        HttpServerResponse response =
                request.response().setChunked(true).putHeader("content-type", "text/event-stream");
        streams.add(response);
        response.writeHead();
    }

    private void write(String text) {
        Future.all(streams.stream().map(stream -> stream.write(text)).toList()).await();
    }

    private URI serve(Handler<HttpServerRequest> handler) {
        HttpServer server = vertx.createHttpServer(
                        new HttpServerOptions().setHost("127.0.0.1").setPort(0))
                .requestHandler(handler)
                .listen()
                .await();
        return URI.create("http://127.0.0.1:" + server.actualPort() + "/");
    }
}
