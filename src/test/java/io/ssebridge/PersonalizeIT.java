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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The example of prices by tier: two nodes, and customers of three tiers. */
@Timeout(180)
class PersonalizeIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int STREAMS = 8;
    private static final int EVENTS = 20;
    private static final List<String> TIERS = List.of("gold", "silver", "none");
    private static final AtomicInteger CUSTOMERS = new AtomicInteger();
    private static final NodeSetup NODE = NodeSetup.of(NodeSetup.CONFIG.replace(
            "  - {channel: \"sse\"",
            "  - {channel: \"prices.**\", subscribe: public, publish: public, personalize: {by: [tier], address: prices.personal, timeout: 2s}}\n"
                    + "  - {channel: \"sse\""));

    @TempDir
    private Path directory;

    private ChildProcess prices(Path clusterConfig) {
        return ChildProcess.start(
                "prices", directory, Map.of(), Jar.example("PriceService.java", clusterConfig.toString()));
    }

    private static Map<String, String> token(String tier) {
        String token = Tokens.mint(
                "customer " + CUSTOMERS.incrementAndGet(),
                List.of(),
                List.of(),
                new JsonObject().put("tier", tier),
                Duration.ofHours(1));
        return Map.of("Authorization", "Bearer " + token);
    }

    private static void publish(TestNode node, int number) {
        JsonObject offer = new JsonObject().put("item", "umbrella " + number).put("price", number + ".00");
        assertThat(node.post(
                                "/publish/prices.a",
                                new JsonObject().put("data", offer).encode())
                        .statusCode())
                .isEqualTo(201);
    }

    private static List<String> due(String tier, int from, int to) {
        return IntStream.range(from, to)
                .mapToObj(i -> tier.equals("gold") ? "%d.%d0".formatted(i * 9 / 10, i * 9 % 10) : i + ".00")
                .toList();
    }

    private static List<String> prices(EventStreamReader reader, int count) {
        return reader.awaitCount("message", count, PATIENCE).stream()
                .map(ReceivedEvent::data)
                .map(data -> new JsonObject(data).getString("price"))
                .toList();
    }

    private static EventStreamReader open(TestNode node, String tier, String lastEventId) {
        Map<String, String> headers = new HashMap<>(token(tier));
        if (!lastEventId.isEmpty()) {
            headers.put("Last-Event-ID", lastEventId);
        }
        EventStreamReader reader = EventStreamReader.open(node.uri("/stream/prices.a"), headers);
        reader.await("stream-open");
        return reader;
    }

    @Test
    void eachTier_getsItsPrices_forOneQuestionPerNode_alsoAfterACutOnTheOtherNode() {
        try (TestCluster cluster = new TestCluster()) {
            List<TestNode> nodes = cluster.start(2, NODE);
            try (ChildProcess prices = prices(cluster.clusterConfig())) {
                prices.awaitLine(Pattern.compile("ready"), PATIENCE);
                Map<EventStreamReader, String> readers = new HashMap<>();
                for (TestNode node : nodes) {
                    for (String tier : TIERS) {
                        IntStream.range(0, STREAMS).forEach(i -> readers.put(open(node, tier, ""), tier));
                    }
                }
                IntStream.range(0, EVENTS).forEach(i -> publish(nodes.get(i % 2), i));
                readers.forEach((reader, tier) -> {
                    if (!tier.equals("none")) {
                        assertThat(prices(reader, EVENTS)).isEqualTo(due(tier, 0, EVENTS));
                    }
                });
                // Three tiers on two nodes.
                prices.awaitLine(Pattern.compile("umbrella %d for none".formatted(EVENTS - 1)), PATIENCE);
                assertThat(prices.output().stream().filter(line -> line.startsWith("umbrella ")))
                        .hasSizeLessThanOrEqualTo(EVENTS * 2 * TIERS.size());

                String id = readers.entrySet().stream()
                        .filter(each -> each.getValue().equals("gold"))
                        .map(each -> each.getKey().events("message").get(7).lastEventId())
                        .findFirst()
                        .orElseThrow();
                readers.keySet().forEach(EventStreamReader::close);
                for (TestNode node : nodes) {
                    for (String tier : List.of("gold", "silver")) {
                        try (EventStreamReader resumed = open(node, tier, id)) {
                            assertThat(prices(resumed, EVENTS - 8)).isEqualTo(due(tier, 8, EVENTS));
                        }
                    }
                    try (EventStreamReader none = open(node, "none", id)) {
                        assertThat(none.events("message")).isEmpty();
                    }
                }
            }
            withoutTheService(nodes);
        }
    }

    /** Without a service its channel goes on, and the others do not notice. */
    private static void withoutTheService(List<TestNode> nodes) {
        List<EventStreamReader> readers = new ArrayList<>();
        nodes.forEach(node -> readers.add(open(node, "gold", "")));
        try (EventStreamReader other = nodes.get(0).stream("/stream/public.a")) {
            other.await("stream-open");
            publish(nodes.get(0), EVENTS);
            assertThat(nodes.get(1)
                            .post("/publish/public.a", "{\"data\": \"x\"}")
                            .statusCode())
                    .isEqualTo(201);
            assertThat(other.await("message").data()).isEqualTo("x");
        }
        readers.forEach(reader -> {
            assertThat(reader.events("message")).isEmpty();
            reader.close();
        });
    }
}
