package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The trace of an event, from its publisher to the envelope that subscribers get. */
@Timeout(60)
class TraceTest {
    private static final String ONE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static final String TWO = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    private static final String OWN = "00-11111111111111111111111111111111-2222222222222222-01";

    private static final JsonObject OPTIONS = new JsonObject()
            .put("http", new JsonObject().put("port", 0).put("host", "127.0.0.1"))
            .put("shutdown", new JsonObject().put("drain", "0ms").put("grace", "0ms"))
            .put(
                    "channels",
                    new JsonArray()
                            .add(new JsonObject()
                                    .put("channel", "*")
                                    .put("subscribe", "public")
                                    .put("publish", "public")));

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private @Nullable Vertx opened;
    private String url = "";

    /** A span of a publish, and how it has ended. */
    private record Span(Map<String, String> tags, List<String> ends) {}

    /** Makes spans of requests that a node sends. */
    private static final class Tracer implements VertxTracer<Object, Object> {
        private final List<Span> spans = new CopyOnWriteArrayList<>();

        @Override
        public <R> @Nullable Object sendRequest(
                Context context,
                SpanKind kind,
                TracingPolicy policy,
                R request,
                String operation,
                BiConsumer<String, String> headers,
                TagExtractor<R> tags) {
            if (!operation.equals("publish")) {
                return null;
            }
            headers.accept("traceparent", OWN);
            headers.accept("tracestate", "x=y");
            Span span = new Span(tags.extract(request), new CopyOnWriteArrayList<>());
            spans.add(span);
            return span;
        }

        @Override
        public <R> void receiveResponse(
                Context context, R response, Object payload, @Nullable Throwable failure, TagExtractor<R> tags) {
            if (payload instanceof Span span) {
                span.ends().add(failure == null ? "good" : failure.getMessage());
            }
        }
    }

    @AfterEach
    void close() throws Exception {
        vertx().close().await(20, TimeUnit.SECONDS);
    }

    private Vertx vertx() {
        return Objects.requireNonNull(opened);
    }

    /** Takes a Vert.x that the test has made, because one of them has a tracer. */
    private void open(Vertx vertx) throws Exception {
        opened = vertx;
        BridgeOptions options = BridgeOptions.of(OPTIONS);
        Bridge bridge = Bridge.open(vertx, options, new SimpleMeterRegistry()).await(20, TimeUnit.SECONDS);
        url = "http://127.0.0.1:"
                + NodeServer.open(vertx, bridge, options.http())
                        .await(20, TimeUnit.SECONDS)
                        .port();
    }

    private void publish(String data, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/publish/a"))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(data));
        for (String header : headers) {
            request.header("traceparent", header);
        }
        assertThat(client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                        .statusCode())
                .isEqualTo(201);
    }

    private void send(String data, String trace) throws Exception {
        DeliveryOptions options =
                new DeliveryOptions().addHeader("channel", "a").addHeader("traceparent", trace);
        var unused = vertx().eventBus().request("sse.publish", data, options).await(20, TimeUnit.SECONDS);
    }

    /** Reads the envelopes of all events so far. */
    private List<JsonObject> envelopes(int count) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/stream/a?envelope=cloudevents&last=100"))
                .build();
        try (InputStream stream =
                client.send(request, HttpResponse.BodyHandlers.ofInputStream()).body()) {
            return new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))
                    .lines()
                    .filter(line -> line.startsWith("data: {\"specversion"))
                    .limit(count)
                    .map(line -> new JsonObject(line.substring("data: ".length())))
                    .toList();
        }
    }

    @Test
    void aValidTraceparent_comesInTheEnvelope_andAWrongOneIsIgnored() throws Exception {
        open(Vertx.vertx());
        publish("none");
        publish("http", ONE);
        publish("wrong", ONE.toUpperCase(Locale.ROOT));
        publish("twice", ONE, TWO);
        send("bus", TWO);
        send("bus wrong", TWO + "-more");

        List<JsonObject> envelopes = envelopes(6);
        assertThat(envelopes)
                .extracting(each -> each.getString("data") + " " + each.getString("traceparent"))
                .containsExactly(
                        "none null", "http " + ONE, "wrong null", "twice null", "bus " + TWO, "bus wrong null");
        assertThat(envelopes.get(0).containsKey("traceparent")).isFalse();
    }

    @Test
    void withATracer_eachPublishIsASpan_andItsTraceparentComesInTheEnvelope() throws Exception {
        Tracer tracer = new Tracer();
        open(Vertx.builder().withTracer(options -> tracer).build());
        publish("http", ONE);
        send("bus", TWO);

        assertThat(envelopes(2))
                .extracting(each -> each.getString("data") + " " + each.getString("traceparent"))
                .containsExactly("http " + OWN, "bus " + OWN);
        assertThat(tracer.spans).hasSize(2).allSatisfy(span -> {
            assertThat(span.tags())
                    .containsEntry("messaging.system", "sse-bridge")
                    .containsEntry("messaging.destination.name", "a")
                    .containsEntry("messaging.batch.message_count", "1");
            assertThat(span.ends()).containsExactly("good");
        });
    }
}
