package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Jar;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of a producer that works only while somebody reads. */
@Timeout(180)
class ClockServiceIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final NodeSetup NODE = NodeSetup.of(NodeSetup.CONFIG
            .replace(
                    "  - {channel: \"sse\"",
                    "  - {channel: \"clocks.{zone}\", subscribe: public}\n  - {channel: \"sse\"")
            .concat("presence: {grace: 1s}\n"));

    @TempDir
    private Path directory;

    private ChildProcess clocks(Path clusterConfig) {
        return ChildProcess.start(
                "clocks", directory, Map.of(), Jar.example("ClockService.java", clusterConfig.toString()));
    }

    @Test
    void aClock_runsFromItsFirstSubscriberToItsLast_alsoIfTheServiceCameLater() {
        try (TestCluster cluster = new TestCluster()) {
            TestNode node = cluster.start(NODE);
            EventStreamReader early = node.stream("/stream/clocks.UTC");
            early.await("stream-open");
            try (ChildProcess clocks = clocks(cluster.clusterConfig())) {
                clocks.awaitLine(Pattern.compile("started clocks\\.UTC"), PATIENCE);
                assertThat(new JsonObject(early.await("message").data()).getString("time"))
                        .endsWith("Z[UTC]");
                try (EventStreamReader tokyo = node.stream("/stream/clocks.Asia%2FTokyo")) {
                    clocks.awaitLine(Pattern.compile("started clocks\\.Asia/Tokyo"), PATIENCE);
                    assertThat(new JsonObject(tokyo.await("message").data()).getString("time"))
                            .endsWith("[Asia/Tokyo]");
                }
                clocks.awaitLine(Pattern.compile("stopped clocks\\.Asia/Tokyo"), PATIENCE);
                early.close();
                clocks.awaitLine(Pattern.compile("stopped clocks\\.UTC"), PATIENCE);
            }
        }
    }
}
