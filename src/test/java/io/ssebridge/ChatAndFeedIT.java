package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Jar;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of a chat with a host, and of a feed of notifications for each user. */
@Timeout(180)
class ChatAndFeedIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String SSE = "  - {channel: \"sse\"";
    private static final NodeSetup NODE = NodeSetup.of(NodeSetup.CONFIG
            .replace(
                    SSE,
                    String.join(
                            "\n",
                            "  - {channel: \"rooms.{room}\", presence: members, subscribe: authenticated, publish: {allow: authenticated, stamp: sub}}",
                            "  - {channel: notifications, subscribe: authenticated, publish: none}",
                            SSE))
            .concat("presence: {grace: 1s}\n"));

    @TempDir
    private Path directory;

    private ChildProcess example(String name, Path clusterConfig) {
        return ChildProcess.start(name, directory, Map.of(), Jar.example(name + ".java", clusterConfig.toString()));
    }

    private static EventStreamReader open(TestNode node, String path, String sub, String role, String lastEventId) {
        String token = Tokens.mint(sub, List.of(), List.of(), new JsonObject().put("role", role), Duration.ofHours(1));
        Map<String, String> headers = new HashMap<>(Map.of("Authorization", "Bearer " + token));
        if (!lastEventId.isEmpty()) {
            headers.put("Last-Event-ID", lastEventId);
        }
        EventStreamReader reader = EventStreamReader.open(node.uri(path), headers);
        reader.await("stream-open");
        return reader;
    }

    private static String said(EventStreamReader reader) {
        return reader.await("host").json().getString("text");
    }

    @Test
    void theHost_saysWhoComesAndLeaves_andUsersGetTheirOwnNotifications() {
        try (TestCluster cluster = new TestCluster()) {
            TestNode node = cluster.start(NODE);
            try (ChildProcess host = example("ChatHost", cluster.clusterConfig());
                    ChildProcess feed = example("NotificationFeed", cluster.clusterConfig())) {
                host.awaitLine(Pattern.compile("ready"), PATIENCE);
                feed.awaitLine(Pattern.compile("ready"), PATIENCE);

                try (EventStreamReader alice = open(node, "/stream/rooms.lobby", "alice", "guest", "")) {
                    assertThat(said(alice)).isEqualTo("alice has come (1 here)");
                    try (EventStreamReader bob = open(node, "/stream/rooms.lobby", "bob", "guest", "")) {
                        assertThat(said(bob)).isEqualTo("bob has come (2 here)");
                    }
                    assertThat(said(alice)).isEqualTo("bob has come (2 here)");
                    assertThat(said(alice)).isEqualTo("bob has left (1 here)");
                }

                assertOwn(node, "alice", "guest", "shipped", 0, 2);
                assertOwn(node, "bob", "guest", "shipped", 1, 2);
                assertOwn(node, "carol", "support", "log", 0, 1);
            }
        }
    }

    /** Reads notifications with a cut in the middle: each order with this remainder is there once, and no other one. */
    private static void assertOwn(TestNode node, String sub, String role, String event, int remainder, int divisor) {
        List<ReceivedEvent> first;
        try (EventStreamReader reader = open(node, "/stream/notifications", sub, role, "")) {
            first = reader.awaitCount(event, 3, PATIENCE);
        }
        try (EventStreamReader reader = open(
                node,
                "/stream/notifications",
                sub,
                role,
                first.get(first.size() - 1).lastEventId())) {
            List<ReceivedEvent> later = reader.awaitCount(event, 3, PATIENCE);
            int begin = order(first.get(0));
            assertThat(begin % divisor).as("the order for %s", sub).isEqualTo(remainder);
            assertThat(IntStream.concat(orders(first), orders(later)))
                    .as("the orders for %s", sub)
                    .startsWith(IntStream.range(0, first.size() + 3)
                            .map(i -> begin + i * divisor)
                            .boxed()
                            .toArray(Integer[]::new));
        }
    }

    private static IntStream orders(List<ReceivedEvent> events) {
        return events.stream().mapToInt(ChatAndFeedIT::order);
    }

    private static int order(ReceivedEvent event) {
        return event.json().getInteger("order");
    }
}
