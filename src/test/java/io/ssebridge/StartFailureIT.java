package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.Jar;
import io.ssebridge.testing.TestCluster;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node that cannot start says why in one line, ends with status 2, and has joined no cluster. */
@Timeout(120)
class StartFailureIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    // TEST-NET-3, which no machine has.
    private static final String FOREIGN = "203.0.113.7";

    @TempDir
    private Path directory;

    private void assertRefuses(String line, Map<String, String> environment, String... arguments) {
        List<String> command = Jar.command(List.of(), List.of(arguments));
        try (ChildProcess process = ChildProcess.start("refused", directory, environment, command)) {
            assertThat(process.awaitExit(PATIENCE)).isEqualTo(2);
            assertThat(process.output()).singleElement().asString().startsWith(line);
        }
    }

    private Path clusterFile(String search, String replacement) throws IOException {
        String xml = Files.readString(Path.of("cluster.xml"));
        assertThat(xml).contains(search);
        return Files.writeString(directory.resolve("hazelcast.xml"), xml.replace(search, replacement));
    }

    @Test
    void aPortThatIsTaken_isNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());

            assertRefuses(
                    "http.port: " + port + " on 127.0.0.1: Address already in use (expected: " + free("SSE_HTTP_PORT"),
                    Map.of("SSE_HTTP_PORT", port));
            assertRefuses(
                    "cluster.port: " + port + " on 127.0.0.1: Address already in use (expected: "
                            + free("SSE_CLUSTER_PORT"),
                    Map.of("SSE_HTTP_PORT", "0", "SSE_CLUSTER_HOST", "127.0.0.1", "SSE_CLUSTER_PORT", port));
            assertRefuses(
                    "management.port: " + port + " on 127.0.0.1: Address already in use (expected: "
                            + free("SSE_MANAGEMENT_PORT"),
                    Map.of("SSE_HTTP_PORT", "0", "SSE_MANAGEMENT_PORT", port));
        }
    }

    private static String free(String variable) {
        return "a port that is free and open to this user, or 0 for any; " + variable + " sets it)";
    }

    @Test
    void aPortThatIsTakenOnHazelcastsAddress_isNamed() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TestCluster alone = new TestCluster()) {
            int port = taken.getLocalPort();
            List<String> command = Jar.command(
                    List.of(), List.of("--cluster-config", alone.clusterConfig().toString()));
            Map<String, String> environment = Map.of("SSE_HTTP_PORT", "0", "SSE_CLUSTER_PORT", Integer.toString(port));
            try (ChildProcess process = ChildProcess.start("refused", directory, environment, command)) {
                assertThat(process.awaitExit(PATIENCE)).isEqualTo(2);
                assertThat(process.output())
                        .last()
                        .asString()
                        .startsWith("the node does not start: cluster.port: " + port + " on 127.0.0.1: ")
                        .contains("Address already in use", free("SSE_CLUSTER_PORT"));
                assertThat(process.output()).noneMatch(line -> line.startsWith("\tat "));
            }
        }
    }

    @Test
    void aHostThatIsElsewhere_isNamed() {
        assertRefuses(
                "cluster.host: \"" + FOREIGN + "\" (expected: a name or an address of this machine)",
                Map.of("SSE_HTTP_PORT", "0", "SSE_CLUSTER_HOST", FOREIGN));
    }

    @Test
    void aClusterFileForAnotherMachine_isNamed() throws IOException {
        Path file = clusterFile("<interface>127.0.0.1</interface>", "<interface>" + FOREIGN + "</interface>");

        assertRefuses(
                "the node does not start: " + file
                        + ": Hazelcast does not start: Hazelcast CANNOT start on this node. No matching network",
                Map.of("SSE_HTTP_PORT", "0"),
                "--cluster-config",
                file.toString());
    }

    @Test
    void aClusterFileThatIsNotXml_isNamedWithTheLine() throws IOException {
        Path file = clusterFile("</hazelcast>", "</hazel>");

        assertRefuses(
                "the node does not start: " + file
                        + ": no cluster configuration of Hazelcast can be read from it: line ",
                Map.of("SSE_HTTP_PORT", "0"),
                "--cluster-config",
                file.toString());
    }
}
