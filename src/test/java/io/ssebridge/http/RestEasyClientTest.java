package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.sse.SseEventSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** RESTEasy's own client: of the clients that were tried the one that reads comments in its own way. */
@Timeout(60)
class RestEasyClientTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    // It drops the line after an empty comment, which would be the data of the next event.
    @Test
    void aTextAfterAHeartbeat_arrivesWhole() {
        List<String> texts = new CopyOnWriteArrayList<>();
        List<String> names = new CopyOnWriteArrayList<>();
        try (ServedNode node = ServedNode.of("""
                        stream: {heartbeat: 1s}
                        channels: [{channel: "public.{name}", subscribe: public}]
                        """);
                Client client = ClientBuilder.newClient();
                SseEventSource source = SseEventSource.target(
                                client.target("http://127.0.0.1:" + node.port() + "/stream/public.a"))
                        .build();
                RawConnection other = RawConnection.open(node.port())) {
            source.register(event -> {
                names.add(String.valueOf(event.getName()));
                if (event.getName() == null) {
                    texts.add(event.readData());
                }
            });
            source.open();
            Eventually.holds("the stream is open", PATIENCE, () -> names.contains("stream-open"));
            // Opened later, so that its heartbeats come after the client's.
            other.send("GET /stream/public.a HTTP/1.1\r\nHost: x\r\n\r\n");
            awaitLine(other, "event: stream-open");

            List<String> published = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                node.clock().pass(Duration.ofSeconds(1));
                awaitLine(other, ":");
                published.add("text " + i);
                node.publish("public.a", "text " + i);
                awaitLine(other, "data: text " + i);
            }
            Eventually.see("five events", PATIENCE, texts::size, count -> count == 5);
            assertThat(texts).isEqualTo(published);
        }
    }

    private static void awaitLine(RawConnection connection, String line) {
        while (!connection.line().equals(line)) {
            // Up to this line.
        }
    }
}
