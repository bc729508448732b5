package io.ssebridge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * A cluster of real nodes on loopback with a name and ports of its own, so that any number of test runs can share a machine. Its
 * Hazelcast configuration is the {@code cluster.xml} that users get, with other ports and {@linkplain #fewPartitions fewer partitions}.
 * Closing it kills all its processes.
 *
 * <pre>{@code
 * try (TestCluster cluster = new TestCluster()) {
 *     List<TestNode> nodes = cluster.start(2, NodeSetup.DEFAULT);
 *     EventStreamReader reader = nodes.get(0).stream("/stream/public.news");
 *     reader.await("stream-open");
 *     nodes.get(1).post("/publish/public.news", "{\"data\": \"hello\"}");
 *     assertThat(reader.await("message").data()).isEqualTo("hello");
 * }
 * }</pre>
 */
public final class TestCluster implements AutoCloseable {
    /** How many members fit, nodes and services together; as in {@code cluster.xml}. */
    private static final int PORTS = 10;

    private static final Pattern FIXED_PORT = Pattern.compile("57(\\d\\d)");
    private static final String PROPERTIES = "<properties>";
    private static final String FEW_PARTITIONS =
            PROPERTIES + "<property name=\"hazelcast.partition.count\">17</property>";

    private final String name = "test-" + UUID.randomUUID();
    private final Path clusterConfig;
    private final List<ChildProcess> members = new ArrayList<>();
    private static final Duration JOINED = Duration.ofMinutes(1);

    private final int firstPort = FreePorts.range(PORTS);

    /** A cluster without members. */
    public TestCluster() {
        this(UnaryOperator.identity());
    }

    /**
     * A cluster without members.
     *
     * @param change the difference to the Hazelcast configuration that users get
     */
    public TestCluster(UnaryOperator<String> change) {
        Path directory = TemporaryDirectory.create();
        try {
            String xml = change.apply(fewPartitions(Files.readString(Path.of("cluster.xml"))));
            // Before there is a name, which may have the digits of a port.
            String moved = FIXED_PORT
                    .matcher(xml)
                    .replaceAll(port -> Integer.toString(firstPort + Integer.parseInt(port.group(1)) - 1));
            String renamed = moved.replace("<cluster-name>sse-bridge<", "<cluster-name>" + name + "<");
            clusterConfig = Files.writeString(directory.resolve("cluster.xml"), renamed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Has Hazelcast split its data into 17 parts in place of 271: of a node's start and of each change of the members, their moves and
     * copies take a quarter of the processor's time. With {@code -Pfaults} it is as users have it.
     *
     * @param xml a Hazelcast configuration
     */
    public static String fewPartitions(String xml) {
        return Boolean.getBoolean("faults.long") ? xml : xml.replace(PROPERTIES, FEW_PARTITIONS);
    }

    /**
     * As many partitions as users have: for the {@linkplain #TestCluster(UnaryOperator) difference}.
     *
     * @param xml a Hazelcast configuration
     */
    public static String allPartitions(String xml) {
        return xml.replace(FEW_PARTITIONS, PROPERTIES);
    }

    /** The Hazelcast configuration for all others that join. */
    public Path clusterConfig() {
        return clusterConfig;
    }

    /** The name of the Hazelcast cluster. */
    public String name() {
        return name;
    }

    /** The ports on loopback that Hazelcast's members listen on, up to this number. */
    public List<Integer> ports() {
        return IntStream.range(firstPort, firstPort + PORTS).boxed().toList();
    }

    /** Starts a node with {@link NodeSetup#DEFAULT} and waits until it is ready. */
    public TestNode start() {
        return start(NodeSetup.DEFAULT);
    }

    /**
     * Starts a node and waits until it is ready.
     *
     * @param setup how to start it
     */
    public TestNode start(NodeSetup setup) {
        return start(1, setup).get(0);
    }

    /**
     * Starts nodes and waits until all are ready: the first alone, since nodes that find no other node found a cluster each, and take ten
     * seconds and more to become one; then the others at the same time.
     *
     * @param count how many
     * @param setup how to start each
     */
    public List<TestNode> start(int count, NodeSetup setup) {
        return start(Collections.nCopies(count, setup));
    }

    /**
     * Starts nodes as {@link #start(int, NodeSetup)} does.
     *
     * @param setups how to start each
     */
    public List<TestNode> start(List<NodeSetup> setups) {
        List<TestNode> nodes = new ArrayList<>();
        for (NodeSetup setup : setups) {
            NodeSetup joined = setup.env("SSE_CLUSTER_NAME", name)
                    .argument("--cluster-config")
                    .argument(clusterConfig.toString());
            TestNode node =
                    TestNode.launch("node-" + (members.size() + 1), Site.HERE, TemporaryDirectory.create(), joined);
            members.add(node.process());
            nodes.add(node);
            if (members.size() == 1) {
                node.awaitReady();
            }
        }
        nodes.forEach(TestNode::awaitReady);
        return nodes;
    }

    /** Starts a service that knows nothing of the bridge and waits until it has joined. */
    public PlainServiceProcess startPlainService() {
        PlainServiceProcess service =
                PlainServiceProcess.start("service-" + (members.size() + 1), Site.HERE, clusterConfig);
        members.add(service.process());
        long alive = members.stream().filter(ChildProcess::isAlive).count();
        // A node that finds no other in time founds a cluster of its own, and is merged with the others only later.
        if (!Eventually.within(JOINED, () -> service.members() >= alive)) {
            AssertionError apart = new AssertionError(
                    "one of %d members is in a cluster of %d after %s".formatted(alive, service.members(), JOINED));
            members.forEach(member -> apart.addSuppressed(member.failure("is not with all the others", null)));
            throw apart;
        }
        return service;
    }

    /** Ends all members at once. */
    @Override
    public void close() {
        members.forEach(ChildProcess::close);
    }
}
