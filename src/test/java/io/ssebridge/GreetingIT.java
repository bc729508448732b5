package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.Jar;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example that the README shows first, run as it says. */
@Timeout(120)
class GreetingIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    private ChildProcess greet() {
        return ChildProcess.start("greeting", directory, Map.of(), Jar.example("Greeting.java"));
    }

    @Test
    void withoutAClusterFile_itSaysSo() {
        try (ChildProcess greeting = greet()) {
            assertThat(greeting.awaitExit(PATIENCE)).isEqualTo(2);
            assertThat(greeting.output())
                    .containsExactly(
                            "no cluster.xml in this directory (expected: the one that the nodes of the cluster use)");
        }
    }

    @Test
    void withoutANode_itSaysSo_andWithOneItGreets() throws IOException {
        try (TestCluster cluster = new TestCluster()) {
            Path unused = Files.copy(cluster.clusterConfig(), directory.resolve("cluster.xml"));
            try (ChildProcess greeting = greet()) {
                assertThat(greeting.awaitExit(PATIENCE)).isZero();
                assertThat(greeting.output())
                        .containsExactly("no node in this cluster (expected: one that is started first)");
            }
            TestNode node = cluster.start(NodeSetup.DEFAULT);
            assertThat(node.isReady()).isTrue();
            try (ChildProcess greeting = greet()) {
                assertThat(greeting.awaitExit(PATIENCE)).isZero();
                assertThat(greeting.output()).singleElement().asString().startsWith("{\"id\":\"");
            }
        }
    }
}
