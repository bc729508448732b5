package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.FileSystemXmlConfig;
import io.ssebridge.access.Caller;
import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Jar;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of an application that embeds the bridge, in a cluster with a node that runs by itself. */
@Timeout(120)
class ReportDeskIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private static HttpResponse<String> post(URI uri, String... headers) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri).timeout(PATIENCE).POST(HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private ChildProcess desk(Path clusterConfig) {
        return ChildProcess.start(
                "desk", directory, Map.of(), Jar.example("ReportDesk.java", clusterConfig.toString(), "0"));
    }

    @Test
    void aUserOfTheApplication_readsOwnReportsOnly_alsoThroughANodeOfTheCluster() throws Exception {
        try (TestCluster cluster = new TestCluster()) {
            TestNode node = cluster.start(NodeSetup.DEFAULT);
            try (ChildProcess desk = desk(cluster.clusterConfig())) {
                URI base = URI.create(
                        desk.awaitLine(Pattern.compile("http://\\S+"), PATIENCE).group());
                String cookie = post(base.resolve("/login/alice"))
                        .headers()
                        .firstValue("set-cookie")
                        .orElseThrow()
                        .split(";", 2)[0];

                URI reports = base.resolve("/live/stream/users.alice.reports");
                try (EventStreamReader stranger = EventStreamReader.open(reports)) {
                    assertThat(stranger.status()).isEqualTo(401);
                }
                try (EventStreamReader other = EventStreamReader.open(
                        base.resolve("/live/stream/users.bob.reports"), Map.of("Cookie", cookie))) {
                    assertThat(other.status()).isEqualTo(403);
                }
                try (EventStreamReader alice = EventStreamReader.open(reports, Map.of("Cookie", cookie));
                        EventStreamReader elsewhere = EventStreamReader.open(
                                node.uri("/stream/users.alice.reports"),
                                Map.of("Authorization", "Bearer " + Tokens.of("alice")))) {
                    assertThat(alice.status()).isEqualTo(200);
                    alice.await("stream-open");
                    elsewhere.await("stream-open");
                    HttpResponse<String> published = post(base.resolve("/reports/sales"), "Cookie", cookie);
                    assertThat(published.statusCode()).isEqualTo(202);
                    ReceivedEvent event = alice.await("report-ready");
                    assertThat(event.data()).isEqualTo("{\"report\":\"sales\"}");
                    assertThat(elsewhere.await("report-ready")).isEqualTo(event);
                }
                assertThat(post(base.resolve("/nowhere")).statusCode()).isEqualTo(404);
            }
        }
    }

    @Test
    void aClusterThatIsNotPrepared_isRefusedWithTheMissingCall() throws Exception {
        try (TestCluster cluster = new TestCluster()) {
            // Clustered, so it is made by hand.
            Vertx vertx = Vertx.builder()
                    .withClusterManager(new HazelcastClusterManager(
                            new FileSystemXmlConfig(cluster.clusterConfig().toFile())))
                    .buildClustered()
                    .await(60, TimeUnit.SECONDS);
            try {
                assertThatThrownBy(() -> Bridge.open(
                                        vertx,
                                        BridgeOptions.of(new JsonObject())
                                                .callers(request -> Future.succeededFuture(Caller.ANONYMOUS)))
                                .await(20, TimeUnit.SECONDS))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("hazelcast.operation.backup.timeout.millis")
                        .hasMessageContaining("BridgeCluster.configure(config)");
            } finally {
                vertx.close().await(20, TimeUnit.SECONDS);
            }
        }
    }
}
