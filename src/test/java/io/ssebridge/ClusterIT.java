package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.testing.BusRegistrations;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.PlainServiceProcess;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/** Events of a service without a library of ours, and their delivery to subscribers of three nodes. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int EACH_WAY = 100;
    // As Logback and java.util.logging write it.
    private static final Pattern WARNING = Pattern.compile("\\b(WARN|WARNING|ERROR|SEVERE)\\b");

    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            channels:
              # All events of a match fit: a stream that comes late on a busy machine reads them.
              - {channel: "scores.{match}", address: "cricket.{match}.score", subscribe: public, history: {size: 512, ttl: 10m}}
              - {channel: "devices.{device}", address: "fleet.positions", header: device, subscribe: public}
              - {channel: "public.{name}", subscribe: public}
              - {channel: "chat.**", subscribe: public}
            """.formatted(NodeSetup.SECRET);

    private final TestCluster cluster = new TestCluster();
    private final List<TestNode> nodes = cluster.start(3, NodeSetup.of(CONFIG).severalShardLoops());
    private final PlainServiceProcess service = cluster.startPlainService();
    private final BusRegistrations registrations =
            BusRegistrations.open(cluster.clusterConfig()).awaitNodes(3);

    @AfterAll
    void close() {
        registrations.close();
        cluster.close();
    }

    @Test
    void nodes_startWithoutAWarning() {
        for (TestNode node : nodes) {
            assertThat(node.process().output().stream().takeWhile(line -> !line.contains("listening on ")))
                    .as("output until it listens")
                    .isNotEmpty()
                    .noneMatch(WARNING.asPredicate());
        }
    }

    @Test
    void messagesThatAServicePublishesSendsAndRequests_arriveOnEachNodeOnceAndInOrder() {
        List<String> matches =
                IntStream.range(0, 24).mapToObj(i -> "match-" + i).toList();
        Map<String, List<EventStreamReader>> readers = onEachNode("scores.", matches);
        Set<String> leaders = new HashSet<>();
        for (String match : matches) {
            assertThat(registrations.of(addressOf(match))).hasSize(1).allSatisfy(leaders::add);
        }
        assertThat(leaders).as("nodes that lead one of the channels").hasSize(nodes.size());

        inParallel(matches, match -> {
            say("publish", addressOf(match), Map.of());
            say("send", addressOf(match), Map.of());
            assertThat(withoutIds(say("request", addressOf(match), Map.of())))
                    .as("replies")
                    .isEqualTo(replies("scores." + match, 2 * EACH_WAY));
        });

        List<String> expected = Stream.of("publish", "send", "request")
                .flatMap(ClusterIT::numbered)
                .toList();
        matches.forEach(match -> assertHeard(readers.get(match), addressOf(match), Map.of(), expected));
        closeAll(readers);
    }

    @Test
    void oneAddressForManyChannels_isToldApartByTheHeader() {
        List<String> devices = IntStream.range(0, 9).mapToObj(i -> "d" + i).toList();
        Map<String, List<EventStreamReader>> readers = onEachNode("devices.", devices);

        inParallel(devices, device -> {
            say("publish", "fleet.positions", Map.of("device", device));
            assertThat(withoutIds(say("request", "fleet.positions", Map.of("device", device))))
                    .as("replies")
                    .isEqualTo(replies("devices." + device, EACH_WAY));
        });

        List<String> expected =
                Stream.of("publish", "request").flatMap(ClusterIT::numbered).toList();
        devices.forEach(
                device -> assertHeard(readers.get(device), "fleet.positions", Map.of("device", device), expected));
        assertThat(registrations.of("fleet.positions")).hasSize(1);
        assertThat(service.request("fleet.positions", 1, Map.of()).getInteger("code"))
                .as("without the header")
                .isEqualTo(400);
        assertThat(service.request("fleet.positions", 1, Map.of("device", "a.b"))
                        .getInteger("code"))
                .as("with two segments")
                .isEqualTo(400);
        closeAll(readers);
    }

    @Test
    void ssePublish_reachesAnyChannelByItsNameUsedBeforeOrNot() {
        assertKept(service.request("sse.publish", "first", Map.of("channel", "chat.never.used")), "chat.never.used", 1);
        assertKept(
                service.request("sse.publish", "first", Map.of("channel", "scores.never-used")),
                "scores.never-used",
                1);
        assertThat(service.request("sse.publish", 1, Map.of("channel", "no-such-channel"))
                        .getInteger("code"))
                .isEqualTo(404);
        assertThat(service.request("sse.publish", 1, Map.of()).getInteger("code"))
                .isEqualTo(400);

        List<String> rooms = List.of("chat.a", "chat.a.b", "scores.by-name", "devices.by-name");
        Map<String, List<EventStreamReader>> readers = onEachNode("", rooms);
        inParallel(rooms, room -> {
            say("send", "sse.publish", Map.of("channel", room));
            assertThat(withoutIds(say("request", "sse.publish", Map.of("channel", room))))
                    .as("replies")
                    .isEqualTo(replies(room, EACH_WAY));
        });
        List<String> expected =
                Stream.of("send", "request").flatMap(ClusterIT::numbered).toList();
        rooms.forEach(room -> assertHeard(readers.get(room), "sse.publish", Map.of("channel", room), expected));
        assertThat(registrations.of("sse.publish")).hasSize(1);
        closeAll(readers);
    }

    @Test
    void bodiesOfEveryKind_areHeardAsTextOrCompactJson() {
        List<EventStreamReader> readers =
                nodes.stream().map(node -> opened(node, "public.bodies")).toList();
        List<@Nullable Object> bodies = Arrays.asList(
                new JsonObject()
                        .put("goal", 1)
                        .put("by", new JsonArray().add("x").addNull()),
                new JsonArray().add(1).add("two").addNull(),
                new JsonObject().put("$decimal", "1234567890123456.78"),
                new JsonObject().put("$decimal", "0.10"),
                "a text\nof two lines, \u00e4\u20ac\ud83c\udfc6",
                new JsonObject().put("$buffer", "a buffer \u00e4".getBytes(StandardCharsets.UTF_8)),
                42,
                1L << 40,
                -1.5,
                true,
                false,
                null);
        for (String op : List.of("publish", "send", "request")) {
            for (Object body : bodies) {
                assertThat(command(op, "public.bodies", body, Map.of()).containsKey("failure"))
                        .isFalse();
            }
        }

        List<String> once = List.of(
                "{\"goal\":1,\"by\":[\"x\",null]}",
                "[1,\"two\",null]",
                "{\"price\":1234567890123456.78}",
                "{\"price\":0.10}",
                "a text\nof two lines, \u00e4\u20ac\ud83c\udfc6",
                "a buffer \u00e4",
                "42",
                "1099511627776",
                "-1.5",
                "true",
                "false",
                "null");
        List<String> expected =
                Stream.of(once, once, once).flatMap(List::stream).toList();
        assertHeard(readers, "public.bodies", Map.of(), expected);
        readers.forEach(EventStreamReader::close);
    }

    @Test
    void aMessageThatCannotBeAnEvent_isRefusedAndHarmsNoOther() {
        List<EventStreamReader> readers =
                nodes.stream().map(node -> opened(node, "public.refusals")).toList();
        JsonObject undecodable = new JsonObject().put("$undecodable", true);
        JsonObject noText = new JsonObject().put("$buffer", new byte[] {(byte) 0xFF});
        String tooLarge = "x".repeat(64 * 1024 + 1);
        for (String op : List.of("publish", "send")) {
            for (Object body : List.of(undecodable, noText, tooLarge)) {
                command(op, "public.refusals", body, Map.of());
                command(op, "public.refusals", op, Map.of());
            }
        }
        assertThat(service.request("public.refusals", undecodable, Map.of()).getString("failure"))
                .contains("only-here");
        assertThat(service.request("public.refusals", noText, Map.of()).getInteger("code"))
                .isEqualTo(400);
        assertThat(service.request("public.refusals", tooLarge, Map.of()).getInteger("code"))
                .isEqualTo(413);
        assertThat(service.request("public.refusals", 1, Map.of("event", "stream-open"))
                        .getInteger("code"))
                .isEqualTo(400);
        assertThat(service.request("public.refusals", 1, Map.of("retry", "soon"))
                        .getInteger("code"))
                .isEqualTo(400);

        assertHeard(
                readers, "public.refusals", Map.of(), List.of("publish", "publish", "publish", "send", "send", "send"));
        // Two came without a reply to refuse them in: that is said once.
        assertThat(nodes.stream().flatMap(node -> node.process().output().stream()))
                .filteredOn(line -> line.contains("only-here"))
                .hasSize(1);
        readers.forEach(EventStreamReader::close);
    }

    private static String addressOf(String match) {
        return "cricket." + match + ".score";
    }

    private static EventStreamReader opened(TestNode node, String channel) {
        EventStreamReader reader = node.stream("/stream/" + channel);
        reader.await("stream-open");
        return reader;
    }

    private Map<String, List<EventStreamReader>> onEachNode(String prefix, List<String> names) {
        Map<String, List<EventStreamReader>> readers = new HashMap<>();
        for (String name : names) {
            readers.put(
                    name,
                    nodes.stream().map(node -> opened(node, prefix + name)).toList());
        }
        return readers;
    }

    private static void closeAll(Map<String, List<EventStreamReader>> readers) {
        readers.values().forEach(each -> each.forEach(EventStreamReader::close));
    }

    @CanIgnoreReturnValue
    private JsonObject command(String op, String address, @Nullable Object body, Map<String, String> headers) {
        return service.command(new JsonObject()
                .put("op", op)
                .put("address", address)
                .put("body", body)
                .put("headers", new JsonObject(Map.copyOf(headers))));
    }

    /** Has the service say {@value #EACH_WAY} numbered objects in one go. */
    @CanIgnoreReturnValue
    private JsonArray say(String op, String address, Map<String, String> headers) {
        JsonObject answer = service.command(new JsonObject()
                .put("op", op)
                .put("address", address)
                .put("body", new JsonObject().put("by", op))
                .put("headers", new JsonObject(Map.copyOf(headers)))
                .put("count", EACH_WAY));
        assertThat(answer.getString("failure")).as(op).isNull();
        return answer.getJsonArray("replies");
    }

    private static Stream<String> numbered(String op) {
        return IntStream.range(0, EACH_WAY)
                .mapToObj(i -> new JsonObject().put("by", op).put("i", i).encode());
    }

    private static void assertKept(JsonObject reply, String channel, int sequence) {
        assertThat(reply.getString("id")).matches("[A-Za-z0-9_-]+");
        assertThat(withoutId(reply))
                .isEqualTo(new JsonObject().put("channel", channel).put("sequence", sequence));
    }

    private static JsonArray withoutIds(JsonArray replies) {
        return new JsonArray(
                replies.stream().map(reply -> withoutId((JsonObject) reply)).toList());
    }

    private static JsonObject withoutId(JsonObject reply) {
        JsonObject rest = reply.copy();
        rest.remove("id");
        return rest;
    }

    private static JsonArray replies(String channel, int first) {
        JsonArray replies = new JsonArray();
        // A genesis frame has the sequence 0.
        IntStream.range(first + 1, first + 1 + EACH_WAY)
                .forEach(sequence ->
                        replies.add(new JsonObject().put("channel", channel).put("sequence", sequence)));
        return replies;
    }

    /** Ends the channel with an event of another type. No event may come after it. */
    private void assertHeard(
            @Nullable List<EventStreamReader> readers,
            String address,
            Map<String, String> headers,
            List<String> expected) {
        Map<String, String> last = new HashMap<>(headers);
        last.put("event", "last");
        assertThat(service.request(address, "", last).getInteger("sequence")).isEqualTo(expected.size() + 1);
        assertThat(readers).hasSize(nodes.size()).allSatisfy(reader -> {
            reader.awaitCount("last", 1, PATIENCE);
            assertThat(reader.events("message")).extracting(ReceivedEvent::data).containsExactlyElementsOf(expected);
            assertThat(reader.findings()).isEmpty();
        });
    }

    private interface Task {
        void run(String name);
    }

    private static void inParallel(List<String> names, Task task) {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (String name : names) {
                done.add(threads.submit(() -> task.run(name)));
            }
            for (Future<?> each : done) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError("one of several failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } finally {
            threads.shutdownNow();
        }
    }
}
