package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.testing.BusRegistrations;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Flow;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.PlainServiceProcess;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Nodes come, go and die while services speak on channels that each of them leads: one after another, in one cluster. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LeadershipIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);
    private static final int REQUEST_TIMEOUT_MILLIS = 500;
    private static final int SOME = 20;

    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            stream: {retry: 100ms}
            shutdown: {drain: 3s}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public}
            """.formatted(NodeSetup.SECRET);

    // The leader of a shard is chance, and a node has to lead four of these: of 30 it once led three.
    private static final int MANY = 60;

    private final TestCluster cluster = new TestCluster();
    // Those that are alive.
    private final List<TestNode> nodes =
            new ArrayList<>(cluster.start(2, NodeSetup.of(CONFIG).severalShardLoops()));
    private final PlainServiceProcess service = cluster.startPlainService();
    private final BusRegistrations registrations =
            BusRegistrations.open(cluster.clusterConfig()).awaitNodes(2);

    @AfterAll
    void close() {
        registrations.close();
        cluster.close();
    }

    private void startThird() {
        if (nodes.size() < 3) {
            startNode();
        }
    }

    @CanIgnoreReturnValue
    private TestNode startNode() {
        TestNode node = cluster.start(NodeSetup.of(CONFIG));
        nodes.add(node);
        return node;
    }

    /** Channels that no other test uses, and a subscriber of each on every node. */
    private final class Scene implements AutoCloseable {
        private final Map<TestNode, String> ids = new HashMap<>();
        private final Map<String, Map<TestNode, EventStreamReader>> readers = new HashMap<>();
        private final Map<String, Flow> flows = new HashMap<>();

        Scene(String name, int channels) {
            for (int i = 0; i < channels; i++) {
                readers.put("public." + name + i, new HashMap<>());
            }
            // All at once: a channel's first stream takes a while to stand.
            nodes.forEach(
                    node -> readers.forEach((channel, byNode) -> byNode.put(node, node.stream("/stream/" + channel))));
            readers.values()
                    .forEach(byNode -> byNode.forEach((node, reader) ->
                            ids.put(node, reader.await("stream-open").json().getString("node"))));
        }

        private EventStreamReader reader(String channel, TestNode node) {
            return Objects.requireNonNull(
                    readers.getOrDefault(channel, Map.of()).get(node));
        }

        String id(TestNode node) {
            return Objects.requireNonNull(ids.get(node));
        }

        /** The node that leads a channel: none or two consume its address while it moves. */
        String leader(String channel) {
            return Eventually.see(
                            "one consumer of " + channel,
                            PATIENCE,
                            () -> registrations.of(channel),
                            consumers -> consumers.size() == 1)
                    .get(0);
        }

        /** A channel that a node leads. */
        String ledBy(TestNode node) {
            return ledBy(node, 0);
        }

        String ledBy(TestNode node, int skipped) {
            return readers.keySet().stream()
                    .sorted()
                    .filter(channel -> leader(channel).equals(id(node)))
                    .skip(skipped)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("none of the channels is led by " + id(node)));
        }

        /** One request after another; a number is not said again if it is not acknowledged. */
        Flow requests(String channel) {
            return flow(
                    channel,
                    number ->
                            service.command(message("request", channel, number)).containsKey("replies"));
        }

        /** One plain message after another; none is acknowledged. */
        @CanIgnoreReturnValue
        Flow messages(String op, String channel) {
            return flow(channel, number -> {
                service.command(message(op, channel, number));
                return false;
            });
        }

        /** One HTTP request after another. */
        Flow posts(TestNode node, String channel) {
            return flow(
                    channel,
                    number -> node.post("/publish/" + channel, "{\"data\": " + number + "}")
                                    .statusCode()
                            == 201);
        }

        private Flow flow(String channel, IntPredicate say) {
            Flow flow = Flow.start(channel, say);
            flows.put(channel, flow);
            return flow;
        }

        private static JsonObject message(String op, String address, int number) {
            return new JsonObject()
                    .put("op", op)
                    .put("address", address)
                    .put("body", number)
                    .put("timeout", REQUEST_TIMEOUT_MILLIS);
        }

        /** Waits until each address has a consumer. After a death it has none for a moment, and not every flow waits for it. */
        void awaitConsumers() {
            for (String channel : flows.keySet()) {
                Eventually.see(
                        "a consumer of " + channel,
                        LONGEST_PAUSE,
                        () -> service.request(channel, "", Map.of("event", "asked")),
                        answer -> answer.containsKey("sequence"));
            }
        }

        /** Ends the flows and checks that their numbers came once and in order, and the acknowledged ones all. */
        void assertHeard(List<TestNode> listening, Map<Flow, List<Integer>> acknowledged) {
            flows.values().forEach(Flow::close);
            flows.forEach((channel, flow) -> {
                JsonObject last = service.request(channel, "", Map.of("event", "last"));
                assertThat(last.getString("channel"))
                        .as("%s answers %s", channel, last)
                        .isEqualTo(channel);
                for (TestNode node : listening) {
                    EventStreamReader reader = reader(channel, node);
                    reader.awaitCount("last", 1, PATIENCE);
                    List<Integer> heard = numbers(reader);
                    assertThat(heard)
                            .as("%s on %s", channel, id(node))
                            .isSorted()
                            .doesNotHaveDuplicates();
                    assertThat(heard)
                            .as("%s on %s", channel, id(node))
                            .containsAll(acknowledged.getOrDefault(flow, List.of()));
                }
            });
        }

        @Override
        public void close() {
            flows.values().forEach(Flow::close);
            readers.values().forEach(each -> each.values().forEach(EventStreamReader::close));
        }
    }

    private static List<Integer> numbers(EventStreamReader reader) {
        return reader.events("message").stream()
                .map(ReceivedEvent::data)
                .map(Integer::valueOf)
                .toList();
    }

    private static List<Integer> numbers(List<Flow.Acknowledged> acknowledged) {
        return acknowledged.stream().map(Flow.Acknowledged::number).toList();
    }

    private static Map<Flow, List<Integer>> allAcknowledged(List<Flow> flows) {
        flows.forEach(Flow::close);
        Map<Flow, List<Integer>> all = new HashMap<>();
        flows.forEach(flow -> all.put(flow, numbers(flow.acknowledged())));
        return all;
    }

    @Test
    @Order(1)
    void aNodeThatJoins_takesItsShareUnnoticed() {
        try (Scene scene = new Scene("join", 16)) {
            List<String> channels = scene.readers.keySet().stream().sorted().toList();
            Map<String, String> leaders = new HashMap<>();
            channels.forEach(channel -> leaders.put(channel, scene.leader(channel)));
            List<Flow> flows = IntStream.range(0, 10)
                    .mapToObj(i -> scene.requests(channels.get(i)))
                    .collect(Collectors.toCollection(ArrayList::new));
            IntStream.range(10, 12).forEach(i -> flows.add(scene.posts(nodes.get(i % 2), channels.get(i))));
            IntStream.range(12, 14).forEach(i -> scene.messages("publish", channels.get(i)));
            IntStream.range(14, 16).forEach(i -> scene.messages("send", channels.get(i)));
            flows.forEach(flow -> flow.awaitMore(SOME));
            List<TestNode> before = List.copyOf(nodes);

            TestNode joined = startNode();
            flows.forEach(flow -> flow.awaitMore(SOME));
            Map<Flow, List<Integer>> acknowledged = allAcknowledged(flows);
            flows.forEach(flow -> System.out.println(
                    "join: longest pause of " + flow + " " + flow.longestPause().toMillis() + " ms"));
            scene.assertHeard(before, acknowledged);
            assertThat(channels.stream()
                            .filter(channel -> !scene.leader(channel).equals(leaders.get(channel))))
                    .as("channels that the new node leads")
                    .isNotEmpty();
            assertThat(joined.isReady()).isTrue();
        }
    }

    @Test
    @Order(2)
    void aNodeThatStops_losesNothingThatWasAcknowledged() {
        startThird();
        try (Scene scene = new Scene("stop", MANY)) {
            TestNode stopping = nodes.remove(1);
            List<TestNode> staying = List.copyOf(nodes);
            List<Flow> flows = new ArrayList<>();
            List.of(staying.get(0), stopping, staying.get(1))
                    .forEach(node -> flows.add(scene.requests(scene.ledBy(node))));
            flows.add(scene.posts(staying.get(0), scene.ledBy(stopping, 1)));
            scene.messages("publish", scene.ledBy(stopping, 2));
            scene.messages("send", scene.ledBy(stopping, 3));
            flows.forEach(flow -> flow.awaitMore(SOME));

            // The last one that is told to reconnect elsewhere: until then it gets the events that other nodes number.
            String moving = flows.get(1).toString();
            EventStreamReader lastToBeTold = stopping.stream("/stream/" + moving);
            lastToBeTold.await("stream-open");

            CompletableFuture<Integer> stopped = CompletableFuture.supplyAsync(stopping::stop);
            Eventually.see(
                    "another leader",
                    PATIENCE,
                    () -> registrations.of(moving),
                    leaders -> leaders.size() == 1 && !leaders.contains(scene.id(stopping)));
            flows.get(1).awaitMore(2);
            String numberedElsewhere = Integer.toString(flows.get(1)
                    .acknowledged()
                    .get(flows.get(1).acknowledged().size() - 1)
                    .number());
            lastToBeTold.await(event -> event.data().equals(numberedElsewhere), PATIENCE);
            lastToBeTold.await("stream-error");
            stopped.join();

            flows.forEach(flow -> flow.awaitMore(SOME));
            Map<Flow, List<Integer>> acknowledged = allAcknowledged(flows);
            flows.forEach(flow -> System.out.println("SIGTERM: longest pause of " + flow + " "
                    + flow.longestPause().toMillis() + " ms"));
            scene.assertHeard(staying, acknowledged);
        }
    }

    @Test
    @Order(3)
    void aNodeThatIsKilled_isReplacedWithinSeconds() {
        startThird();
        try (Scene scene = new Scene("kill", MANY)) {
            TestNode victim = nodes.remove(1);
            List<TestNode> staying = List.copyOf(nodes);
            List<Flow> flows = new ArrayList<>();
            List.of(staying.get(0), victim, staying.get(1))
                    .forEach(node -> flows.add(scene.requests(scene.ledBy(node))));
            flows.add(scene.posts(staying.get(0), scene.ledBy(victim, 1)));
            scene.messages("publish", scene.ledBy(victim, 2));
            scene.messages("send", scene.ledBy(victim, 3));
            flows.forEach(flow -> flow.awaitMore(SOME));

            long killed = System.nanoTime();
            victim.kill();

            flows.forEach(flow -> flow.awaitMore(SOME));
            flows.forEach(Flow::close);
            Map<Flow, List<Integer>> acknowledged = new HashMap<>();
            for (Flow flow : flows) {
                List<Integer> before = numbers(flow.acknowledged().stream()
                        .filter(each -> each.nanos() < killed)
                        .toList());
                List<Flow.Acknowledged> after = flow.acknowledged().stream()
                        .filter(each -> each.nanos() >= killed)
                        .toList();
                System.out.println("SIGKILL: " + flow + " goes on after "
                        + Duration.ofNanos(after.get(0).nanos() - killed).toMillis() + " ms, longest pause "
                        + flow.longestPause().toMillis() + " ms");
                assertThat(flow.longestPause()).as(flow.toString()).isLessThan(LONGEST_PAUSE);
                // Of the last one before, the answer may have got out of the dying node and the event not.
                List<Integer> certain = new ArrayList<>(before.subList(0, before.size() - 1));
                certain.addAll(numbers(after).subList(1, after.size()));
                acknowledged.put(flow, certain);
            }
            scene.awaitConsumers();
            scene.assertHeard(staying, acknowledged);
        }
    }
}
