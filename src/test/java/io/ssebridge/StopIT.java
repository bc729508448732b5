package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that is told to end. */
@Timeout(120)
class StopIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    // A load balancer asks every few seconds: clients that it sends until then must be served.
    @Test
    void aNodeThatStops_saysSoFirst_andServesOnForTheGrace() {
        try (TestNode node = TestNode.standalone(NodeSetup.DEFAULT.env("SSE_SHUTDOWN_GRACE", "3s"));
                EventStreamReader before = node.stream("/stream/public.a")) {
            assertThat(before.await("stream-open").data()).isNotEmpty();
            CompletableFuture<Integer> status =
                    CompletableFuture.supplyAsync(() -> node.process().stop());
            Eventually.holds("the node is not ready", PATIENCE, () -> !node.isReady());

            assertThat(node.get("/health/ready").statusCode()).isEqualTo(503);
            assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
            try (EventStreamReader late = node.stream("/stream/public.a")) {
                assertThat(late.await("stream-open").data()).isNotEmpty();
                assertThat(node.post("/publish/public.a", "{\"data\": 1}").statusCode())
                        .isEqualTo(201);
                assertThat(late.await("message").data()).isEqualTo("1");
                assertThat(before.await("message").data()).isEqualTo("1");
                assertThat(late.await("stream-error").data()).contains("draining");
                assertThat(before.await("stream-error").data()).contains("draining");
            }
            assertThat(status.join()).isZero();
        }
    }
}
