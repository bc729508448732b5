package io.ssebridge.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That nodes and services of the kit form one cluster, and that they obey when they are to end. */
@Timeout(180)
class TestClusterIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @Test
    void nodesAndServices_formOneCluster() {
        try (TestCluster cluster = new TestCluster()) {
            List<TestNode> nodes = List.of(cluster.start(), cluster.start());
            PlainServiceProcess service = cluster.startPlainService();
            try (EventStreamReader reader = nodes.get(0).stream("/stream/public.news")) {
                reader.await("stream-open");
                assertThat(nodes.get(1)
                                .post("/publish/public.news", "{\"data\": \"by HTTP\"}")
                                .statusCode())
                        .isEqualTo(201);
                assertThat(reader.await("message").data()).isEqualTo("by HTTP");
                JsonObject reply = service.request("public.news", "by the bus", Map.of("event", "told"));
                assertThat(reply.getString("channel")).isEqualTo("public.news");
                assertThat(reader.await("told").data()).isEqualTo("by the bus");
                assertThat(reader.findings()).isEmpty();
            }
        }
    }

    @Test
    void aNode_canBeFrozenThawedAndStopped() {
        try (TestNode node = TestNode.standalone(NodeSetup.DEFAULT);
                EventStreamReader reader = node.stream("/stream/sse")) {
            reader.await("stream-open");
            node.freeze();
            node.thaw();
            assertThat(node.isReady()).isTrue();
            assertThat(node.stop()).isIn(0, 143);
            assertThat(reader.awaitEnd(PATIENCE)).isEqualTo(EventStreamReader.End.COMPLETE);
        }
    }

    @Test
    void aToken_isAccepted() {
        try (TestNode node = TestNode.standalone(NodeSetup.DEFAULT);
                EventStreamReader mine = node.stream("/stream/users.alice.mail", Tokens.of("alice"));
                EventStreamReader foreign = node.stream("/stream/users.alice.mail", Tokens.of("bob"))) {
            assertThat(mine.status()).isEqualTo(200);
            assertThat(foreign.status()).isEqualTo(403);
        }
    }
}
