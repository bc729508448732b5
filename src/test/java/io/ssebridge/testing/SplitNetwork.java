package io.ssebridge.testing;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Two network namespaces with a link between them that can be cut: all that nodes and services say to each other goes over it. This JVM
 * reaches either side over a link of its own, on which nothing else goes and that is never cut. Both namespaces, and all that runs in
 * them, are gone when it is closed.
 *
 * <pre>
 *   this JVM ── control ── side 0 ══ the link that is cut ══ side 1 ── control ── this JVM
 * </pre>
 */
public final class SplitNetwork implements AutoCloseable {
    private static final int SIDES = 2;
    // A node and a service.
    private static final List<Integer> PORTS = List.of(5701, 5702);
    private static final boolean REQUIRED = Boolean.parseBoolean(System.getenv("NAMESPACES_REQUIRED"));
    private static final int TEN_SLASH_EIGHT = 10 << 24;
    private static final int SIZE_OF_CONTROL = 4;

    // Names of interfaces have 15 characters at most.
    private final String name = "sb" + ProcessHandle.current().pid();
    private final String cluster = "split-" + UUID.randomUUID();
    private final UnaryOperator<String> change;
    private final List<Site> sites = new ArrayList<>();
    private final List<ChildProcess> members = new ArrayList<>();

    /**
     * Makes the namespaces and links; {@linkplain #require what it needs} is there.
     *
     * @param change the difference to the Hazelcast configuration that users get, besides the addresses
     */
    public SplitNetwork(UnaryOperator<String> change) {
        this.change = change;
        // A namespace outlives its maker.
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        try {
            for (int side = 0; side < SIDES; side++) {
                makeSide(side);
            }
            ip("link", "add", link(0), "netns", namespace(0), "type", "veth", "peer", link(1), "netns", namespace(1));
            for (int side = 0; side < SIDES; side++) {
                inside(side, "addr", "add", address(side) + "/24", "dev", link(side));
                inside(side, "link", "set", link(side), "up");
            }
        } catch (AssertionError | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Skips the test where no namespaces can be made, or fails it where that is required. */
    public static void require() {
        String probe = "sb" + ProcessHandle.current().pid() + "probe";
        String refused = run(List.of("ip", "netns", "add", probe));
        if (refused.isEmpty()) {
            run(List.of("ip", "netns", "del", probe));
            return;
        }
        String missing = "No network namespaces can be made (needs root and iproute2): " + refused;
        if (REQUIRED) {
            fail(missing + " NAMESPACES_REQUIRED forbids to skip.");
        }
        // Maven shows how many tests were skipped, but not why.
        System.err.println("SKIPPED: the split of a network is not tested. " + missing);
        abort(missing);
    }

    private void makeSide(int side) {
        // Two test runs on one machine have different process ids, and the addresses follow from them.
        long block = ProcessHandle.current().pid() * SIDES + side;
        int control = TEN_SLASH_EIGHT | (int) (block * SIZE_OF_CONTROL & 0xff_ff_ff);
        String outer = name + "c" + side;
        ip("netns", "add", namespace(side));
        sites.add(new Site(List.of("ip", "netns", "exec", namespace(side)), dotted(control + 2)));
        inside(side, "link", "set", "lo", "up");
        ip("link", "add", outer, "type", "veth", "peer", "control", "netns", namespace(side));
        ip("addr", "add", dotted(control + 1) + "/30", "dev", outer);
        ip("link", "set", outer, "up");
        inside(side, "addr", "add", dotted(control + 2) + "/30", "dev", "control");
        inside(side, "link", "set", "control", "up");
    }

    private static String dotted(int address) {
        return "%d.%d.%d.%d".formatted(address >>> 24, address >>> 16 & 0xff, address >>> 8 & 0xff, address & 0xff);
    }

    private String namespace(int side) {
        return name + "n" + side;
    }

    private String link(int side) {
        return name + "l" + side;
    }

    /** Where a side's members are reached by the other side. These addresses are invisible to all others. */
    private static String address(int side) {
        return "192.168.0." + (side + 1);
    }

    /**
     * Starts a node on each side, one after the other, and waits until both are ready.
     *
     * @param setup how to start each; its {@code http.host} is one that lets this JVM in
     */
    public List<TestNode> startNodes(NodeSetup setup) {
        List<TestNode> nodes = new ArrayList<>();
        for (int side = 0; side < SIDES; side++) {
            NodeSetup joined = setup.env("SSE_CLUSTER_HOST", address(side))
                    .argument("--cluster-config")
                    .argument(clusterConfig(side).toString());
            TestNode node = TestNode.launch("node-" + side, sites.get(side), TemporaryDirectory.create(), joined);
            members.add(node.process());
            node.awaitReady();
            nodes.add(node);
        }
        return nodes;
    }

    /** Starts a service that knows nothing of the bridge on each side, and waits until both have joined. */
    public List<PlainServiceProcess> startPlainServices() {
        return IntStream.range(0, SIDES)
                .mapToObj(side -> {
                    PlainServiceProcess service =
                            PlainServiceProcess.start("service-" + side, sites.get(side), clusterConfig(side));
                    members.add(service.process());
                    return service;
                })
                .toList();
    }

    /** The configuration that users get, for these addresses; and each side keeps a copy of everything. */
    private Path clusterConfig(int side) {
        StringBuilder list = new StringBuilder();
        StringBuilder groups = new StringBuilder();
        for (int other = 0; other < SIDES; other++) {
            groups.append("<member-group><interface>%s</interface></member-group>".formatted(address(other)));
            for (int port : PORTS) {
                list.append("<member>%s:%d</member>".formatted(address(other), port));
            }
        }
        try {
            String xml = change.apply(TestCluster.fewPartitions(Files.readString(Path.of("cluster.xml"))))
                    .replace("<cluster-name>sse-bridge<", "<cluster-name>" + cluster + "<")
                    .replaceAll("(?s)<member-list>.*</member-list>", "<member-list>" + list + "</member-list>")
                    .replace(
                            "<network>",
                            "<partition-group enabled=\"true\" group-type=\"CUSTOM\">" + groups
                                    + "</partition-group><network>")
                    .replace("<interface>127.0.0.1<", "<interface>" + address(side) + "<");
            return Files.writeString(TemporaryDirectory.create().resolve("cluster.xml"), xml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Cuts the link between the sides. */
    public void cut() {
        inside(0, "link", "set", link(0), "down");
    }

    /** Joins it again. */
    public void heal() {
        inside(0, "link", "set", link(0), "up");
    }

    /** Ends all members and takes the namespaces away, with the links that begin in them. */
    @Override
    public void close() {
        members.forEach(ChildProcess::close);
        for (int side = 0; side < sites.size(); side++) {
            run(List.of("ip", "netns", "del", namespace(side)));
        }
    }

    private void inside(int side, String... arguments) {
        List<String> all = new ArrayList<>(List.of("-netns", namespace(side)));
        all.addAll(List.of(arguments));
        ip(all.toArray(String[]::new));
    }

    private static void ip(String... arguments) {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(List.of(arguments));
        String refused = run(command);
        if (!refused.isEmpty()) {
            throw new AssertionError(command + ": " + refused);
        }
    }

    /** Runs a command, and answers why it failed; empty: it did not. */
    private static String run(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            int status = process.waitFor();
            return status == 0 ? "" : said.isEmpty() ? "status " + status : said;
        } catch (IOException notThere) {
            return String.valueOf(notThere.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
