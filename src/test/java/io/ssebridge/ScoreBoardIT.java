package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Jar;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of a snapshot and the changes after it, in a cluster of two nodes, with the service in a JVM of its own. */
@Timeout(180)
class ScoreBoardIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int GOALS = 10;
    private static final String RULES = """
            - {channel: "leagues.{league}", subscribe: public, publish: public, initial: scores.board}
            - {channel: "clubs.{club}", subscribe: public, authorize: scores.board}
            """.indent(2);
    private static final NodeSetup NODE =
            NodeSetup.of(NodeSetup.CONFIG.replace("  - {channel: \"sse\"", RULES + "  - {channel: \"sse\""));

    @TempDir
    private Path directory;

    private ChildProcess board(Path clusterConfig) {
        return ChildProcess.start(
                "board", directory, Map.of(), Jar.example("ScoreBoard.java", clusterConfig.toString()));
    }

    /** Reads goals: each is the next one of its team, or one that the board already has. */
    private static void follow(EventStreamReader stream, Map<String, Integer> goals) {
        boolean[] begun = {false};
        for (int i = 0; i < GOALS; i++) {
            JsonObject goal = new JsonObject(stream.await("goal").data());
            int before = goals.getOrDefault(goal.getString("team"), 0);
            if (begun[0] || goal.getInteger("goals") > before) {
                assertThat(goal.getInteger("goals")).isEqualTo(before + 1);
                goals.put(goal.getString("team"), goal.getInteger("goals"));
                begun[0] = true;
            }
        }
    }

    @Test
    void aStreamOnAnyNode_beginsWithTheBoard_andGetsEachGoal_andOpensWithoutTheServiceToo() {
        try (TestCluster cluster = new TestCluster()) {
            List<TestNode> nodes = List.of(cluster.start(NODE), cluster.start(NODE));
            try (ChildProcess board = board(cluster.clusterConfig())) {
                board.awaitLine(Pattern.compile("ready"), PATIENCE);
                for (TestNode node : nodes) {
                    try (EventStreamReader stream = node.stream("/stream/leagues.north")) {
                        ReceivedEvent first = stream.await("board");
                        Map<String, Integer> goals = new HashMap<>();
                        new JsonObject(first.data()).forEach(team -> goals.put(team.getKey(), (int) team.getValue()));
                        follow(stream, goals);
                        assertThat(first.lastEventId()).isNotEmpty();
                    }
                }
            }
            // The service is gone, but its node may still be in the cluster.
            for (TestNode node : nodes) {
                try (EventStreamReader stream = node.stream("/stream/leagues.south");
                        EventStreamReader refused = node.stream("/stream/clubs.foxes")) {
                    stream.await("stream-open");
                    assertThat(node.post("/publish/leagues.south", "{\"event\": \"goal\", \"data\": 1}")
                                    .statusCode())
                            .isEqualTo(201);
                    assertThat(stream.await("goal").data()).isEqualTo("1");
                    assertThat(refused.status()).isEqualTo(403);
                }
            }
        }
    }
}
