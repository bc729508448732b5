package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.BusRegistrations;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Flow;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.PlainServiceProcess;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** From when until when the bridge consumes the bus address of a channel, and how often. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AddressIT {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration TTL = Duration.ofSeconds(1);
    private static final int NO_HANDLERS = -1;

    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            channels:
              - {channel: "fixed", subscribe: public, history: {ttl: 1s}}
              - {channel: "short.{name}", subscribe: public, history: {ttl: 1s}}
              - {channel: "kept.{name}", subscribe: public, history: {ttl: 8s}}
              - {channel: "long.{name}", subscribe: public}
            """.formatted(NodeSetup.SECRET);

    private final TestCluster cluster = new TestCluster();
    private final List<TestNode> nodes = cluster.start(2, NodeSetup.of(CONFIG));
    private final PlainServiceProcess service = cluster.startPlainService();
    private final BusRegistrations registrations =
            BusRegistrations.open(cluster.clusterConfig()).awaitNodes(2);
    private final List<String> ids = new ArrayList<>();

    @BeforeAll
    void learnIds() {
        for (TestNode node : nodes) {
            try (EventStreamReader reader = node.stream("/stream/fixed")) {
                ids.add(reader.await("stream-open").json().getString("node"));
            }
        }
    }

    @AfterAll
    void close() {
        registrations.close();
        cluster.close();
    }

    @Test
    void withoutVariables_itIsConsumedFromTheStart() {
        assertThat(registrations.of("fixed")).hasSize(1);
        assertThat(service.request("fixed", "hello", Map.of()).getString("channel"))
                .isEqualTo("fixed");
    }

    @Test
    void withVariables_itIsConsumedFromTheFirstUseOn() {
        assertThat(service.request("long.first-use", "too early", Map.of()).getInteger("code"))
                .isEqualTo(NO_HANDLERS);
        assertThat(registrations.of("long.first-use")).isEmpty();

        assertThat(service.request("sse.publish", "hello", Map.of("channel", "long.first-use"))
                        .getInteger("sequence"))
                .isEqualTo(1);
        assertThat(service.request("long.first-use", "in time", Map.of()).getInteger("sequence"))
                .isEqualTo(2);
    }

    @Test
    void anEventPublishedRightAfterStreamOpen_arrives() {
        for (int i = 0; i < 100; i++) {
            String channel = "long.fresh-" + i;
            // The service knows that the address has no consumer. It must still find a later consumer.
            if (i % 2 == 0) {
                assertThat(service.request(channel, "too early", Map.of()).getInteger("code"))
                        .isEqualTo(NO_HANDLERS);
            }
            try (EventStreamReader reader = nodes.get(i / 2 % 2).stream("/stream/" + channel)) {
                reader.await("stream-open");
                if (i % 4 < 2) {
                    service.send(channel, i, Map.of());
                } else {
                    service.publish(channel, i, Map.of());
                }
                assertThat(reader.await("message").data()).isEqualTo(Integer.toString(i));
            }
        }
    }

    @Test
    void subscribers_addNoRegistration() {
        List<String> channels =
                IntStream.range(0, 4).mapToObj(i -> "long.many-" + i).toList();
        List<String> before = registrations.addresses();
        List<EventStreamReader> readers = IntStream.range(0, 200)
                .mapToObj(i -> nodes.get(i % 2).stream("/stream?channel=fixed&channel=" + channels.get(i / 2 % 4)))
                .toList();
        readers.forEach(reader -> reader.await("stream-open"));

        List<String> after = new ArrayList<>(registrations.addresses());
        channels.forEach(channel -> assertThat(registrations.of(channel)).hasSize(1));
        after.removeAll(channels);
        assertThat(after).isEqualTo(before);
        readers.forEach(EventStreamReader::reset);
    }

    @Test
    void whileSomethingComes_itStaysConsumed() {
        service.request("sse.publish", 0, Map.of("channel", "short.spoken-to"));
        long until = System.nanoTime() + TTL.multipliedBy(3).toNanos();
        try (Flow flow = Flow.start("short.spoken-to", number -> {
            assertThat(service.request("short.spoken-to", number, Map.of()).containsKey("sequence"))
                    .isTrue();
            return true;
        })) {
            Eventually.see("the end of the time", PATIENCE, System::nanoTime, now -> now > until);
            flow.awaitMore(1);
        }
    }

    @Test
    void whenNobodyIsSubscribedAndNothingComes_itIsReleased() {
        EventStreamReader one = nodes.get(0).stream("/stream/short.left");
        EventStreamReader other = nodes.get(1).stream("/stream/short.left");
        one.await("stream-open");
        other.await("stream-open");
        one.reset();
        long subscribedAlone = System.nanoTime() + TTL.multipliedBy(2).toNanos();
        Eventually.see("longer than the ttl", PATIENCE, System::nanoTime, now -> now > subscribedAlone);
        assertThat(registrations.of("short.left")).as("one subscriber is left").hasSize(1);

        other.close();
        long left = System.nanoTime();
        Eventually.see("nobody who consumes", PATIENCE, () -> registrations.of("short.left"), List::isEmpty);
        assertThat(Duration.ofNanos(System.nanoTime() - left)).isBetween(TTL.minusMillis(50), TTL.plusSeconds(2));
        Eventually.see(
                "an empty directory", PATIENCE, registrations::channelsInUse, all -> !all.contains("short.left"));
        assertThat(service.request("short.left", "too late", Map.of()).getInteger("code"))
                .isEqualTo(NO_HANDLERS);

        // And from the start again, numbers included.
        try (EventStreamReader again = nodes.get(0).stream("/stream/short.left")) {
            again.await("stream-open");
            assertThat(service.request("short.left", "back", Map.of()).getInteger("sequence"))
                    .isEqualTo(1);
            assertThat(again.await("message").data()).isEqualTo("back");
        }
        assertThat(registrations.of("fixed"))
                .as("a fixed address is never released")
                .hasSize(1);
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void whenTheLeaderDies_anotherConsumesItForItsTimeToLive() {
        List<String> channels =
                IntStream.range(0, 20).mapToObj(i -> "kept.k" + i).toList();
        channels.forEach(channel -> service.request("sse.publish", 0, Map.of("channel", channel)));
        List<String> ofTheVictim = channels.stream()
                .filter(channel -> registrations.of(channel).equals(ids.subList(1, 2)))
                .toList();
        assertThat(ofTheVictim).isNotEmpty();

        nodes.get(1).kill();
        // All at once: on a busy machine a second look may come after the time to live of the first events.
        Eventually.see(
                "the other node consumes " + ofTheVictim,
                PATIENCE,
                () -> ofTheVictim.stream().map(registrations::of).toList(),
                all -> all.stream().allMatch(ids.subList(0, 1)::equals));
        assertThat(service.request(ofTheVictim.get(0), 1, Map.of()).getString("channel"))
                .isEqualTo(ofTheVictim.get(0));
        for (String channel : channels) {
            Eventually.see(
                    "nobody who consumes", PATIENCE.multipliedBy(2), () -> registrations.of(channel), List::isEmpty);
        }
        assertThat(service.request("fixed", 1, Map.of()).getString("channel")).isEqualTo("fixed");
    }
}
