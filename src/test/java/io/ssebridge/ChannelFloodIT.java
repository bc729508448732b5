package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.BusRegistrations;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.PlainServiceProcess;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Strangers with ever new names of channels, against two nodes with room for 100 each that others publish to. */
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ChannelFloodIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int NAMES = 400;
    private static final int FIXED = 16;
    private static final String[] MAY_PUBLISH = {
        "Authorization", "Bearer " + Tokens.mint("publisher", List.of("team.*"), List.of("team.*"))
    };

    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            stream: {retry: 100ms}
            limits: {channels: 100, newChannelsPerIp: 0}
            channels:
              - {channel: "team.{name}"}
            %s
              - {channel: "{a}.{b}", subscribe: public, publish: none}
            """;

    private static String config() {
        String fixed = String.join(
                "\n",
                IntStream.range(0, FIXED)
                        .mapToObj(i -> "  - {channel: \"fixed%d\", subscribe: public}".formatted(i))
                        .toList());
        return CONFIG.formatted(NodeSetup.SECRET, fixed);
    }

    private final TestCluster cluster = new TestCluster();
    private final List<TestNode> nodes = cluster.start(2, NodeSetup.of(config()));
    private final PlainServiceProcess service = cluster.startPlainService();
    private final BusRegistrations registrations =
            BusRegistrations.open(cluster.clusterConfig()).awaitNodes(2);

    @AfterAll
    void close() {
        registrations.close();
        cluster.close();
    }

    private TestNode node(int number) {
        return nodes.get(number % nodes.size());
    }

    private int publish(String channel, int at) {
        return node(at).post("/publish/" + channel, "{\"data\": 1}", MAY_PUBLISH)
                .statusCode();
    }

    private static void published(int status) {
        assertThat(status).isEqualTo(201);
    }

    /** An anonymous request for sse.publish took all events of all services away. */
    @Test
    @Order(1)
    void aChannelThatWouldBeFedFromAnAddressOfTheBridge_isRefusedByName() {
        for (TestNode node : nodes) {
            for (String path : List.of(
                    "/history/sse.publish", "/stream/sse.publish", "/stream?channel=fixed0&channel=sse.history")) {
                HttpResponse<String> answer = node.get(path);
                assertThat(answer.statusCode()).as(path).isEqualTo(400);
                assertThat(new JsonObject(answer.body()).getString("detail")).contains("channel \"sse.", "is reserved");
            }
            // The name is checked before the token, which is bad too.
            HttpResponse<String> answer =
                    node.post("/publish/sse.publish", "{\"data\": 1}", "Authorization", "Bearer no");
            assertThat(answer.statusCode()).isEqualTo(400);
        }
        assertThat(service.request("sse.publish", "x", Map.of("channel", "sse.publish"))
                        .getInteger("code"))
                .isEqualTo(400);
        assertThat(service.request("sse.history", new JsonObject().put("channel", "sse.publish"), Map.of())
                        .getInteger("code"))
                .isEqualTo(400);

        assertThat(registrations.of("sse.publish")).hasSize(1);
        assertThat(registrations.of("sse.history")).hasSize(2);
        assertThat(service.request("sse.publish", "x", Map.of("channel", "fixed0"))
                        .getString("channel"))
                .isEqualTo("fixed0");
    }

    @Test
    @Order(2)
    void readingUnknownChannels_leavesNothing() {
        for (int i = 0; i < NAMES; i++) {
            HttpResponse<String> answer = node(i).get("/history/read.n" + i);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(new JsonObject(answer.body()).getJsonArray("events")).isEmpty();
            if (i % 10 == 0) {
                published(publish("team.reading" + i, i));
            }
        }
        assertThat(registrations.channelsInUse()).noneMatch(name -> name.startsWith("read."));
        assertThat(registrations.addresses()).noneMatch(name -> name.startsWith("read."));
    }

    @Test
    @Order(3)
    void streamsOfUnknownChannels_leavePublishersTheirRoom() {
        List<EventStreamReader> kept = new ArrayList<>();
        for (int i = 0; i < NAMES; i++) {
            EventStreamReader stream = node(i).stream("/stream/open.n" + i);
            if (i % 2 == 0) {
                stream.reset();
            } else {
                kept.add(stream);
            }
            if (i % 10 == 0) {
                published(publish("team.flood" + i, i));
            }
        }
        for (int i = 0; i < 20; i++) {
            published(publish("team.after" + i, i));
        }
        try (EventStreamReader honest = node(0).stream("/stream/team.honest", MAY_PUBLISH[1].substring(7))) {
            honest.await("stream-open");
            published(publish("team.honest", 1));
            assertThat(honest.await("message").data()).isEqualTo("1");
        }
        kept.forEach(EventStreamReader::reset);
        // No more than each node has room for, for any number of requests.
        Eventually.see(
                "channels without events",
                PATIENCE,
                () -> registrations.channelsInUse().stream()
                        .filter(name -> name.startsWith("open."))
                        .count(),
                count -> count <= 2 * 75);
    }

    /** Addresses of the configuration were lost for good, where the node that was left had all the channels it may have. */
    @Test
    @Order(4)
    void whenANodeDies_theOtherTakesOverAllThatItLed_howeverManyChannelsItLeadsItself() {
        // A channel that may be in the directory after an update from a version that admitted it.
        registrations.enter("sse.publish");
        registrations.enter("no..name");
        registrations.enter("norule");
        List<String> channels = new ArrayList<>();
        int refusedInARow = 0;
        for (int i = 0; refusedInARow < 30; i++) {
            if (publish("team.full" + i, i) == 201) {
                refusedInARow = 0;
                channels.add("team.full" + i);
            } else {
                refusedInARow++;
            }
        }
        List<String> ids = new ArrayList<>();
        for (TestNode node : nodes) {
            try (EventStreamReader stream = node.stream("/stream/fixed0")) {
                ids.add(stream.await("stream-open").json().getString("node"));
            }
        }
        int victim = ids.indexOf(registrations.of("sse.publish").get(0));
        String survivor = ids.get(1 - victim);
        nodes.get(victim).kill();

        for (int i = 0; i < FIXED; i++) {
            String address = "fixed" + i;
            Eventually.see(
                    "the survivor consumes " + address,
                    PATIENCE,
                    () -> registrations.of(address),
                    List.of(survivor)::equals);
            assertThat(service.request(address, i, Map.of()).getString("channel"))
                    .isEqualTo(address);
        }
        for (String channel : channels) {
            Eventually.see(
                    "the survivor consumes " + channel,
                    PATIENCE,
                    () -> registrations.of(channel),
                    List.of(survivor)::equals);
        }
        assertThat(service.request("sse.publish", "x", Map.of("channel", "fixed0"))
                        .getString("channel"))
                .isEqualTo("fixed0");
        assertThat(registrations.channelsInUse()).doesNotContain("sse.publish");
        Eventually.holds("ready", PATIENCE, nodes.get(1 - victim)::isReady);
    }
}
