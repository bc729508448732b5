package io.ssebridge.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.Pause;
import io.ssebridge.testing.PlainServiceProcess;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** What a personalised channel costs: the questions to its service, and the processor time of the node beside that of a plain channel. */
@EnabledIfSystemProperty(named = "faults.long", matches = "true")
@Timeout(300)
class PersonalCostIT {
    private static final int SUBSCRIBERS = 5_000;
    private static final int EVENTS = 60;
    private static final Duration PACE = Duration.ofMillis(250);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> ROLES = List.of("admin", "editor", "guest");
    private static final String DATA = "x".repeat(100);
    // A generous bound: the work for an event is done once for each role, and not for each subscriber.
    private static final double MOST_TIMES = 2;

    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            shutdown: {drain: 1s}
            limits: {subscribersPerSubject: 0}
            channels:
              - {channel: "plain.{name}", subscribe: public, publish: public}
              - {channel: "own.{name}", subscribe: public, publish: public, personalize: {by: [role], address: personal.data, timeout: 2s}}
            """.formatted(NodeSetup.SECRET);

    @Test
    void fiveThousandSubscribersOfThreeRoles_costThreeQuestionsAnEvent_andAboutTheProcessorTimeOfAPlainChannel() {
        try (TestCluster cluster = new TestCluster()) {
            TestNode node = cluster.start(NodeSetup.of(CONFIG).jvm("-XX:TieredStopAtLevel=4"));
            NodeWatch watch = new NodeWatch(node);
            try (PlainServiceProcess service = cluster.startPlainService()) {
                service.serve("personal.data", new JsonObject().put("data", DATA));
                double first = microsPerDelivery(node, watch, "plain.a");
                double own = microsPerDelivery(node, watch, "own.a");
                double plain = microsPerDelivery(node, watch, "plain.b");
                Bounds.say(
                        "processor time for a delivery: %.2f us on a plain channel (%.2f at first), %.2f us on a personalised one",
                        plain, first, own);
                assertThat(watch.metrics().get("sse_personalize_asked_total")).isEqualTo(EVENTS * 3.0);
                assertThat(own).isLessThan(MOST_TIMES * Math.max(plain, first));
            }
        }
    }

    private static double microsPerDelivery(TestNode node, NodeWatch watch, String channel) {
        List<EventStreamReader> readers = new ArrayList<>();
        List<String> tokens = ROLES.stream()
                .map(role -> Tokens.mint(
                        role, List.of(), List.of(), new JsonObject().put("role", role), Duration.ofHours(1)))
                .toList();
        try {
            for (int i = 0; i < SUBSCRIBERS; i++) {
                readers.add(EventStreamReader.open(
                        node.uri("/stream/" + channel), Map.of("Authorization", "Bearer " + tokens.get(i % 3))));
            }
            readers.forEach(reader -> reader.await("stream-open"));
            Duration before = watch.cpu();
            for (int i = 0; i < EVENTS; i++) {
                assertThat(node.post("/publish/" + channel, "{\"data\": \"%s\"}".formatted(DATA))
                                .statusCode())
                        .isEqualTo(201);
                Pause.of(PACE);
            }
            for (EventStreamReader reader : readers) {
                assertThat(reader.awaitCount("message", EVENTS, PATIENCE)
                                .get(EVENTS - 1)
                                .data())
                        .isEqualTo(DATA);
            }
            return watch.cpu().minus(before).toNanos() / 1_000.0 / SUBSCRIBERS / EVENTS;
        } finally {
            readers.forEach(EventStreamReader::reset);
        }
    }
}
