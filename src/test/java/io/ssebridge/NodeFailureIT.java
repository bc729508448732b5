package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.cli.DyingNode;
import io.ssebridge.cluster.Cluster;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Jar;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A node that can serve no more says so: as a process it ends with one line and status 3, embedded it tells its owner.
 *
 * <p>The tests make the Vert.x of an embedded node themselves: one with a stuck event loop among many, and one in a cluster.
 * {@code VertxExtension} has neither.
 */
@Timeout(180)
@Execution(ExecutionMode.CONCURRENT)
class NodeFailureIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration NOTICED = Duration.ofSeconds(10);
    private static final Pattern LISTENING = Pattern.compile("listening on http://[^/ ]+:(\\d+)/");
    private static final String OUT_OF_MEMORY =
            "sse-bridge: out of memory: the process ends with exit status 3 (expected: a larger heap, -Xmx)";

    @TempDir
    private Path directory = Path.of("");

    private static List<String> lastWords(ChildProcess process) {
        return process.output().stream()
                .filter(line -> line.startsWith("sse-bridge: "))
                .toList();
    }

    private ChildProcess dyingNode(String... arguments) {
        List<String> java = Jar.test(DyingNode.class, List.of(arguments));
        ChildProcess process = ChildProcess.start("dying node", directory, Map.of(), java);
        assertThat(process.awaitLine(LISTENING, PATIENCE).group(1)).isNotNull();
        return process;
    }

    @Test
    void aNodeThatRunsOutOfMemory_endsWithOneLineAndStatus3() {
        String config = """
                http: {host: 127.0.0.1}
                limits: {eventSize: 1MiB}
                channels:
                  - {channel: "public.{name}", subscribe: public, publish: public, history: {size: 100000, ttl: 1h}}
                """;
        String event = "{\"data\": \"" + "x".repeat(1_000_000) + "\"}";
        try (TestNode node =
                TestNode.standalone(NodeSetup.of(config).jvm("-Xmx64m").jvm("-XX:+UseSerialGC"))) {
            Eventually.holds("the heap to be full", PATIENCE, () -> {
                try {
                    var unused = node.post("/publish/public.a", event);
                } catch (UncheckedIOException goneOrBusy) {
                    // Whether it has ended shows below.
                }
                return !node.process().isAlive();
            });

            assertThat(node.process().awaitExit(NOTICED)).isEqualTo(3);
            assertThat(lastWords(node.process())).containsExactly(OUT_OF_MEMORY);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a thread is out of memory", "a library logs that it is out of memory"})
    void whereverMemoryRunsOut_theProcessEndsWithOneLineAndStatus3(String where) {
        try (ChildProcess process = dyingNode()) {
            process.writeLine(where);

            assertThat(process.awaitExit(NOTICED)).isEqualTo(3);
            assertThat(lastWords(process)).containsExactly(OUT_OF_MEMORY);
        }
    }

    @Test
    void aStackThatOverflowsAndDirectMemoryThatIsUsedUp_areNoReasonToEnd() {
        try (ChildProcess process = dyingNode()) {
            process.writeLine("a stack overflows");
            process.writeLine("direct memory is used up");

            assertThat(process.awaitLine(Pattern.compile("done: direct memory is used up"), PATIENCE))
                    .isNotNull();
            assertThat(process.stop()).isZero();
            assertThat(lastWords(process)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"terminate Hazelcast", "shut Hazelcast down"})
    void aNodeWithoutHazelcast_endsWithOneLineAndStatus3(String how) {
        try (TestCluster cluster = new TestCluster();
                ChildProcess process = dyingNode(cluster.clusterConfig().toString(), cluster.name())) {
            process.writeLine(how);

            assertThat(process.awaitExit(NOTICED)).isEqualTo(3);
            assertThat(lastWords(process))
                    .containsExactly("sse-bridge: Hazelcast has ended, and the node is no longer in the cluster:"
                            + " the process ends with exit status 3");
        }
    }

    private static BridgeOptions options() {
        return new Configuration(
                        "the test",
                        NodeSetup.CONFIG.replace("{host: 127.0.0.1}", "{host: 127.0.0.1, port: 0}"),
                        Overrides.NONE)
                .read(BridgeOptions::from);
    }

    private static int status(NodeServer server, String path) {
        // A connection of its own each time, so that some other event loop may answer.
        HttpClient client = HttpClient.newHttpClient();
        URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
        try {
            return client.send(
                            HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anEmbeddedNodeWithAStuckContext_isNotLiveWithin10Seconds() throws Exception {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(16));
        Context context = vertx.getOrCreateContext();
        NodeServer server = Future.<Bridge>future(opened -> context.runOnContext(on ->
                        Bridge.open(vertx, options(), new SimpleMeterRegistry()).onComplete(opened)))
                .compose(bridge -> NodeServer.open(vertx, bridge, options().http()))
                .await(30, TimeUnit.SECONDS);
        assertThat(status(server, "/health/live")).isEqualTo(200);
        CountDownLatch stuck = new CountDownLatch(1);
        context.runOnContext(on -> {
            try {
                assertThat(stuck.await(60, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });

        Eventually.holds("503 of /health/live", NOTICED, () -> status(server, "/health/live") == 503);
        assertThat(status(server, "/health/ready")).isEqualTo(503);
        assertThat(server.bridge().failed().isComplete()).isFalse();

        stuck.countDown();
        Eventually.holds("200 of /health/live", NOTICED, () -> status(server, "/health/live") == 200);
        assertThat(status(server, "/health/ready")).isEqualTo(200);
        server.close().await(30, TimeUnit.SECONDS);
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    @Test
    void anEmbeddedNodeWithoutHazelcast_tellsItsOwnerAndIsNotLive() throws Exception {
        try (TestCluster files = new TestCluster()) {
            BridgeOptions options = options();
            Vertx vertx = Cluster.join(Optional.of(files.clusterConfig()), options.cluster(), new VertxOptions())
                    .await(60, TimeUnit.SECONDS);
            NodeServer server = Bridge.open(vertx, options, new SimpleMeterRegistry())
                    .compose(bridge -> NodeServer.open(vertx, bridge, options.http()))
                    .await(60, TimeUnit.SECONDS);
            assertThat(status(server, "/health/live")).isEqualTo(200);

            com.hazelcast.core.Hazelcast.getAllHazelcastInstances().stream()
                    .filter(each -> each.getConfig().getClusterName().equals(files.name()))
                    .findFirst()
                    .orElseThrow()
                    .getLifecycleService()
                    .terminate();

            assertThat(server.bridge().failed().await(10, TimeUnit.SECONDS))
                    .hasMessage("Hazelcast has ended, and the node is no longer in the cluster");
            assertThat(status(server, "/health/live")).isEqualTo(503);
            // Not waited for: without Hazelcast it may take long.
            var unused = vertx.close();
        }
    }
}
