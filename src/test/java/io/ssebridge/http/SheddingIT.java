package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that has no room for a stream: a new client is refused, a client that comes back is sent away for a while. */
@Timeout(60)
class SheddingIT {
    @Test
    void aClientThatComesBackToAFullNode_isAskedToComeAgainInsteadOfStoppedForGood() {
        try (TestNode node = TestNode.standalone(NodeSetup.DEFAULT.env("SSE_LIMITS_SUBSCRIBERS", "1"));
                EventStreamReader only = node.stream("/stream/sse")) {
            String id = only.await("stream-open").lastEventId();

            HttpResponse<String> fresh = node.get("/stream/sse");
            assertThat(fresh.statusCode()).isEqualTo(429);
            assertThat(fresh.headers().firstValue("Retry-After")).hasValue("5");

            HttpResponse<String> back = node.get("/stream/sse", "Last-Event-ID", id);
            assertThat(back.statusCode()).isEqualTo(200);
            assertThat(back.headers().firstValue("Content-Type")).hasValue("text/event-stream");
            assertThat(back.body()).matches("retry: (1[5-9]|[23][0-9]|4[0-5])[0-9]{3}\n\n");
        }
    }

    @Test
    void aHostOf8000Labels_isRefusedInDemoMode() {
        try (TestNode demo = TestNode.standalone(NodeSetup.DEMO)) {
            RawConnection.Answer answer = RawConnection.ask(
                    demo.uri("/").getPort(), "GET /health/live HTTP/1.1", "Host: " + "a.".repeat(8_000) + "example");

            assertThat(answer.status()).isIn(403, 431);
            assertThat(RawConnection.ask(
                                    demo.uri("/").getPort(),
                                    "GET /health/live HTTP/1.1",
                                    "Host: " + "a.".repeat(8_000) + "localhost")
                            .status())
                    .isIn(200, 431);
            assertThat(demo.process().output()).noneMatch(line -> line.contains("Unhandled"));
        }
    }
}
