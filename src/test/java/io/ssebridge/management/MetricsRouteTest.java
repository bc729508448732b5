package io.ssebridge.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ssebridge.testing.Eventually;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.junit5.VertxExtension;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(60)
class MetricsRouteTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final AtomicInteger scrapes = new AtomicInteger();
    private final CountDownLatch gate = new CountDownLatch(1);
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void close() {
        gate.countDown();
    }

    /** Waits in each scrape until the test opens the gate. */
    private double slow() {
        scrapes.incrementAndGet();
        try {
            return gate.await(30, TimeUnit.SECONDS) ? 1 : 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    private CompletableFuture<HttpResponse<String>> get(int port) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"))
                .build();
        return client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    /** A worker may be so quick, or the event loop so late, that the text is there at once. It was served for ever then. */
    @Test
    void aScrapeThatIsCompleteAtOnce_isNotKept(Vertx vertx) {
        AtomicInteger texts = new AtomicInteger();
        MetricsRoute route = new MetricsRoute(() -> Future.succeededFuture("text " + texts.incrementAndGet()));
        HttpServer server = vertx.createHttpServer()
                .requestHandler(route::handle)
                .listen(0, "127.0.0.1")
                .await();

        assertThat(get(server.actualPort()).join().body()).isEqualTo("text 1");
        assertThat(get(server.actualPort()).join().body()).isEqualTo("text 2");
    }

    /** Each scrape took one of the twenty worker threads, which the calls of Hazelcast need too. */
    @Test
    void scrapesThatComeTogether_areOne_andTooManyAreRefused(Vertx vertx) {
        assertThat(Gauge.builder("slow", this::slow).register(registry)).isNotNull();
        MetricsRoute route = new MetricsRoute(vertx, registry);
        HttpServer server = vertx.createHttpServer()
                .requestHandler(route::handle)
                .listen(0, "127.0.0.1")
                .await();
        List<CompletableFuture<HttpResponse<String>>> answers =
                IntStream.range(0, 20).mapToObj(i -> get(server.actualPort())).toList();
        Eventually.holds(
                "four refusals",
                PATIENCE,
                () -> answers.stream().filter(CompletableFuture::isDone).count() == 4);
        assertThat(answers).filteredOn(CompletableFuture::isDone).allSatisfy(answer -> {
            assertThat(answer.join().statusCode()).isEqualTo(503);
            assertThat(answer.join().headers().firstValue("Retry-After")).contains("1");
        });
        assertThat(scrapes).hasValue(1);

        gate.countDown();
        assertThat(answers)
                .filteredOn(answer -> answer.join().statusCode() == 200)
                .hasSize(16)
                .allMatch(answer -> answer.join().body().contains("slow 1.0"));
        assertThat(scrapes).hasValue(1);
        assertThat(get(server.actualPort()).join().statusCode()).isEqualTo(200);
        assertThat(scrapes).hasValue(2);
    }
}
