package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.FreePorts;
import io.ssebridge.testing.Jar;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** A node that no cluster lets in names the asked addresses and the likely cause, and ends with status 2. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class JoinFailureIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    // Of Hazelcast's own tests: a member says that it is of this version.
    private static final String OTHER_VERSION = "-Dhazelcast.internal.override.version=5.4.0";

    @TempDir
    private Path directory;

    @Test
    void addressesThatSayNothing_areNamedAfterFiveSeconds_andAtTheEnd() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            String asked = "127.0.0.1:" + silent.getLocalPort();
            String xml = Files.readString(Path.of("cluster.xml"))
                    .replaceAll(
                            "(?s)<member-list>.*</member-list>",
                            "<member-list><member>" + asked + "</member></member-list>")
                    .replaceAll("\\b5701<", FreePorts.range(10) + "<")
                    .replace(
                            "</properties>", "<property name=\"hazelcast.max.join.seconds\">7</property></properties>");
            Path file = Files.writeString(directory.resolve("hazelcast.xml"), xml);

            try (ChildProcess node = start(List.of(), file)) {
                assertThat(node.awaitExit(PATIENCE)).isEqualTo(2);
                assertThat(node.output()).hasSize(2);
                assertThat(node.output().get(0))
                        .contains("Not in a cluster after 5 s, trying for 7 s: asked " + asked + ", ")
                        .contains("the cluster's name there is \"sse-bridge\"", "Hazelcast there is of version 5.");
                assertThat(node.output().get(1))
                        .startsWith("the node does not start: " + file + ": not in a cluster after 7 s: asked " + asked
                                + ", ");
            }
        }
    }

    @Test
    void aNodeOfAnotherVersion_isToldSo_andNamedOnceByTheOther() {
        try (TestCluster cluster = new TestCluster()) {
            TestNode node = cluster.start(NodeSetup.DEFAULT);
            for (int i = 0; i < 2; i++) {
                try (ChildProcess other = start(List.of(OTHER_VERSION), cluster.clusterConfig())) {
                    assertThat(other.awaitExit(PATIENCE)).isEqualTo(2);
                    assertThat(other.output())
                            // Before it knows where to log; and the report of a slow machine, on which the answer takes
                            // 5 s.
                            .filteredOn(line -> !line.matches(
                                    ".*BuildInfoProvider|INFO: Overriding .*|.*Not in a cluster after 5 s.*"))
                            .singleElement()
                            .asString()
                            .startsWith("the node does not start: " + cluster.clusterConfig() + ": the cluster at ")
                            .contains("refuses this node: Joining node's version 5.4.0 is not compatible");
                }
            }
            node.process().awaitLine(Pattern.compile("of another version tries to join"), PATIENCE);
            assertThat(node.process().output())
                    .filteredOn(line -> line.contains("5.4.0"))
                    .singleElement()
                    .asString()
                    .containsPattern(
                            "A member at 127\\.0\\.0\\.1:\\d+ of another version tries to join, and is refused: Joining node's version 5\\.4\\.0 ");
            assertThat(node.process().output()).noneMatch(line -> line.startsWith("\tat "));
        }
    }

    private ChildProcess start(List<String> jvmOptions, Path clusterConfig) {
        List<String> command = Jar.command(jvmOptions, List.of("--cluster-config", clusterConfig.toString()));
        return ChildProcess.start("stranger", directory, Map.of("SSE_HTTP_PORT", "0"), command);
    }
}
