package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo over two nodes, one of which the visitor stops. */
@Timeout(120)
class DemoIT {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private static JsonObject describe(TestNode node) {
        return new JsonObject(node.get("/demo").body());
    }

    private static List<String> names(TestNode node) {
        JsonArray nodes = describe(node).getJsonArray("nodes");
        return IntStream.range(0, nodes.size())
                .mapToObj(i -> nodes.getJsonObject(i).getString("name"))
                .toList();
    }

    private static List<Integer> numbers(List<ReceivedEvent> words) {
        return words.stream().map(word -> word.json().getInteger("n")).toList();
    }

    @Test
    void aRunGoesOn_whenTheNodeThatHasStartedItIsStopped() {
        try (TestCluster cluster = new TestCluster()) {
            List<TestNode> nodes = cluster.start(2, NodeSetup.DEMO);
            TestNode stopped = nodes.get(0);
            TestNode other = nodes.get(1);
            assertThat(Eventually.see("two names", PATIENCE, () -> names(other), names -> names.size() == 2))
                    .containsExactly("A", "B");
            assertThat(describe(stopped).getJsonObject("node").getString("name"))
                    .isNotEqualTo(describe(other).getJsonObject("node").getString("name"));

            JsonObject run = new JsonObject(stopped.post("/demo/runs", "").body());
            try (EventStreamReader reader = other.stream("/" + run.getString("stream") + "?last=100")) {
                List<ReceivedEvent> unused = reader.awaitCount("word", 5, PATIENCE);

                assertThat(stopped.post("/demo/stop", "").statusCode()).isEqualTo(202);

                assertThat(stopped.process().awaitExit(PATIENCE)).isEqualTo(137);
                assertThat(other.post("/demo/stop", "").statusCode()).isEqualTo(409);
                List<ReceivedEvent> words = reader.awaitCount("word", 40, PATIENCE);
                assertThat(numbers(words))
                        .containsExactlyElementsOf(
                                IntStream.range(0, words.size()).boxed().toList());
            }
            assertThat(names(other)).hasSize(1);
            assertThat(other.isReady()).isTrue();
            // In order, and in time.
            assertThat(other.stop()).isZero();
        }
    }
}
