package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client that opens new channels faster than {@code limits.newChannelsPerIp} allows. */
@Timeout(60)
class NewChannelsIT {
    private static final int PER_MINUTE = 5;
    private TestNode node;

    @BeforeEach
    void start() {
        node = TestNode.standalone(
                NodeSetup.DEFAULT.env("SSE_LIMITS_NEW_CHANNELS_PER_IP", Integer.toString(PER_MINUTE)));
    }

    @AfterEach
    void stop() {
        node.close();
    }

    private RawConnection.Answer ask(String method, String path, String... headers) {
        String more = headers.length == 0 ? "" : "\r\n" + String.join("\r\n", headers);
        return RawConnection.ask(node.uri("/").getPort(), method + " " + path + " HTTP/1.1", "Host: x" + more);
    }

    @Test
    void beyondTheLimit_itIsToldWhenToComeAgain() {
        for (int i = 0; i < PER_MINUTE; i++) {
            try (EventStreamReader stream = node.stream("/stream/public.n" + i)) {
                stream.await("stream-open");
            }
        }
        RawConnection.Answer refused = ask("GET", "/stream/public.more");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.problem().getString("type")).isEqualTo("urn:sse-bridge:too-many");
        assertThat(refused.problem().getString("detail")).startsWith("limits.newChannelsPerIp");
        assertThat(refused.all("Retry-After"))
                .hasSize(1)
                .allSatisfy(seconds -> assertThat(Integer.parseInt(seconds)).isBetween(1, 60));

        // Any status but 200 would keep a browser that reconnects away for good.
        try (EventStreamReader back =
                EventStreamReader.open(node.uri("/stream/public.more"), Map.of("Last-Event-ID", "some"))) {
            assertThat(back.awaitEnd(Duration.ofSeconds(5))).isEqualTo(EventStreamReader.End.COMPLETE);
            assertThat(back.status()).isEqualTo(200);
            assertThat(back.retries())
                    .hasSize(1)
                    .allSatisfy(millis -> assertThat(millis).isBetween(1L, 120_000L));
            assertThat(back.events()).isEmpty();
        }
        // A known channel, and a request that opens none, are open to all.
        try (EventStreamReader stream = node.stream("/stream/public.n0")) {
            stream.await("stream-open");
        }
        assertThat(node.get("/history/public.more").statusCode()).isEqualTo(200);
        assertThat(node.post("/publish/public.more", "{\"data\": 1}").statusCode())
                .isEqualTo(201);
        try (EventStreamReader stream = node.stream("/stream/public.more")) {
            stream.await("stream-open");
        }
    }

    @Test
    void manyStreamsOfOneAddressThatOpenTheSameNewChannelAtOnce_areAllAdmitted() {
        List<RawConnection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < 20 * PER_MINUTE; i++) {
                connections.add(RawConnection.open(node.uri("/").getPort()));
            }
            connections.forEach(connection -> connection.send("GET /stream/public.same HTTP/1.1\r\nHost: x\r\n\r\n"));
            assertThat(connections)
                    .allSatisfy(connection -> assertThat(connection.line()).isEqualTo("HTTP/1.1 200 OK"));
        } finally {
            connections.forEach(RawConnection::close);
        }
    }
}
