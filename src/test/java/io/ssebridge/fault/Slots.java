package io.ssebridge.fault;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FreePorts;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** A fixed number of places for nodes, of which some may be empty for a while. Any thread may call. */
final class Slots implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    // Hazelcast's own word for: every partition has its backup.
    private static final String HEALTH =
            "<network><rest-api enabled=\"true\"><endpoint-group name=\"HEALTH_CHECK\" enabled=\"true\"/></rest-api>";
    private static final String NOBODY = "not there";
    private static final int ANY_PORT = 0;
    // The second one is for metrics.
    private static final int PORTS_OF_A_NODE = 2;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final TestCluster cluster;
    private final NodeSetup setup;
    private final int firstPort;
    private final AtomicReferenceArray<TestNode> nodes;
    private final AtomicInteger turn = new AtomicInteger();

    /** Nodes with the time-outs that users have. */
    Slots(int count, String config) {
        this(count, config, UnaryOperator.identity());
    }

    /**
     * Starts nodes.
     *
     * @param change the difference to the Hazelcast configuration that users get
     */
    Slots(int count, String config, UnaryOperator<String> change) {
        this(count, small(config), change, ANY_PORT);
    }

    private Slots(int count, NodeSetup setup, UnaryOperator<String> change, int firstPort) {
        cluster = new TestCluster(xml -> change.apply(xml).replace("<network>", HEALTH));
        this.setup = setup;
        this.firstPort = firstPort;
        nodes = new AtomicReferenceArray<>(count);
        List<TestNode> started =
                cluster.start(IntStream.range(0, count).mapToObj(this::setup).toList());
        for (int i = 0; i < count; i++) {
            nodes.set(i, started.get(i));
        }
        awaitSafe();
    }

    /** Starts nodes, each on the port of its slot: a node that is started again has the port of the one before. */
    static Slots withPorts(int count, String config) {
        return withPorts(count, small(config));
    }

    /** Starts nodes, each on the port of its slot: a node that is started again has the port of the one before. */
    static Slots withPorts(int count, NodeSetup setup) {
        return new Slots(count, setup, UnaryOperator.identity(), FreePorts.range(PORTS_OF_A_NODE * count));
    }

    private static NodeSetup small(String config) {
        return NodeSetup.of(config).jvm("-Xmx256m");
    }

    /** Channels that keep this number of events. */
    static String config(int history) {
        return """
                http: {host: 127.0.0.1}
                auth: {jwt: {secret: "%s"}}
                stream: {retry: 100ms}
                shutdown: {drain: 500ms}
                channels:
                  - {channel: "public.{name}", subscribe: public, publish: public, history: {size: %d, ttl: 10m}}
                """.formatted(NodeSetup.SECRET, history);
    }

    TestCluster cluster() {
        return cluster;
    }

    int size() {
        return nodes.length();
    }

    TestNode node(int slot) {
        TestNode node = nodes.get(slot);
        if (node == null) {
            throw new IllegalStateException("slot %d is empty".formatted(slot));
        }
        return node;
    }

    /** An address on the next node in turn. */
    URI next(String pathAndQuery) {
        while (true) {
            TestNode node = nodes.get(Math.floorMod(turn.getAndIncrement(), nodes.length()));
            if (node != null) {
                return node.uri(pathAndQuery);
            }
        }
    }

    /** Empties a slot, by {@code kill -9}. */
    void kill(int slot) {
        node(slot).kill();
        nodes.set(slot, null);
    }

    /** Empties a slot, by SIGTERM. */
    void stop(int slot) {
        node(slot).stop();
        nodes.set(slot, null);
    }

    /** Starts a node in an empty slot. */
    void fill(int slot) {
        nodes.set(slot, cluster.start(setup(slot)));
    }

    private NodeSetup setup(int slot) {
        int port = firstPort == ANY_PORT ? ANY_PORT : firstPort + PORTS_OF_A_NODE * slot;
        NodeSetup its = setup.env("SSE_HTTP_PORT", Integer.toString(port));
        // One event loop has the shards of the others on a machine with two cores.
        return slot % 2 == 1 ? its.severalShardLoops() : its;
    }

    /** The ports on which nodes answer HTTP, slot by slot. */
    List<Integer> httpPorts() {
        return IntStream.range(0, nodes.length())
                .mapToObj(slot -> node(slot).uri("/").getPort())
                .toList();
    }

    /** Waits until all nodes are ready and every partition has its backup. */
    void awaitSafe() {
        awaitSafe(PATIENCE);
    }

    /** Waits until all nodes are ready and every partition has its backup. */
    void awaitSafe(Duration patience) {
        Eventually.holds("a safe cluster", patience, () -> {
            for (int i = 0; i < nodes.length(); i++) {
                if (!node(i).isReady()) {
                    return false;
                }
            }
            return isSafe();
        });
    }

    private boolean isSafe() {
        String size = Integer.toString(nodes.length());
        int members = 0;
        for (int port : cluster.ports()) {
            String seen = ask(port, "cluster-size");
            if (!seen.equals(NOBODY)) {
                if (!seen.equals(size) || ask(port, "cluster-safe").startsWith("not ")) {
                    return false;
                }
                members++;
            }
            if (members == nodes.length()) {
                // The other ports are free.
                return true;
            }
        }
        return false;
    }

    private static String ask(int port, String what) {
        try {
            HttpResponse<String> answer = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/hazelcast/health/%s".formatted(port, what)))
                            .timeout(Duration.ofSeconds(5))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() == 200 ? answer.body().strip() : "not safe";
        } catch (IOException nobody) {
            return NOBODY;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The output of all nodes, for a failure's message. */
    String output() {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < nodes.length(); i++) {
            TestNode node = nodes.get(i);
            if (node != null) {
                all.append("--- ").append(i).append('\n');
                node.process().output().forEach(line -> all.append(line).append('\n'));
            }
        }
        return all.toString();
    }

    @Override
    public void close() {
        if (Boolean.getBoolean("faults.output")) {
            System.out.println(output());
        }
        cluster.close();
    }
}
