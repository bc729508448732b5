package io.ssebridge.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ManagementIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Pattern METRICS = Pattern.compile("metrics on (http://127\\.0\\.0\\.1:[0-9]+)/metrics");
    private static final Pattern NO_METRICS = Pattern.compile("No metrics: port ([0-9]+) on 127\\.0\\.0\\.1 is taken");

    private static HttpResponse<String> send(String method, String uri) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void metrics_areServedOnAPortOfTheirOwn() throws IOException, InterruptedException {
        try (TestNode node = TestNode.standalone(NodeSetup.DEFAULT)) {
            String management = node.process().awaitLine(METRICS, PATIENCE).group(1);
            try (var stream = node.stream("/stream/sse")) {
                assertThat(stream.await("stream-open").data()).isNotEmpty();
                assertThat(node.get("/history/a?limit=0").statusCode()).isEqualTo(400);
                HttpResponse<String> metrics = send("GET", management + "/metrics");

                assertThat(metrics.statusCode()).isEqualTo(200);
                assertThat(metrics.body())
                        .contains("sse_subscribers 1.0")
                        .contains("sse_node_heard 1.0")
                        .contains("sse_http_refused_total{type=\"bad-request\"} 1.0")
                        .contains("jvm_memory_used_bytes");
            }
            HttpResponse<String> health = send("GET", management + "/health");
            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(new JsonObject(health.body())
                            .getJsonArray("checks").stream().map(check -> ((JsonObject) check).getString("id")))
                    .containsExactlyInAnyOrder(
                            "cluster", "event-bus", "shards", "keys", "serving", "node", "event-loops");
            assertThat(send("GET", management + "/").statusCode()).isEqualTo(404);
            assertThat(send("POST", management + "/metrics").statusCode()).isEqualTo(405);
            assertThat(node.get("/metrics").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void thePortAfterTheOneOfHttp_isTaken_theNodeServesWithoutMetrics() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int http = taken.getLocalPort() - 1;
            try (TestNode node = TestNode.standalone(NodeSetup.DEFAULT.env("SSE_HTTP_PORT", Integer.toString(http)))) {
                assertThat(node.process().awaitLine(NO_METRICS, PATIENCE).group(1))
                        .isEqualTo(Integer.toString(taken.getLocalPort()));
                assertThat(node.isReady()).isTrue();
            }
        }
    }

    @Test
    void port0_switchesItOff() {
        try (TestNode node = TestNode.standalone(NodeSetup.DEFAULT.env("SSE_MANAGEMENT_PORT", "0"))) {
            assertThat(node.process().output()).noneMatch(line -> line.contains("metrics on"));
        }
    }
}
