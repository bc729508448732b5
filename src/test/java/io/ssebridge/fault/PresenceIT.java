package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.PlainServiceProcess;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** All nodes tell the same truth about subscribers and members, also after a kill. */
@Timeout(900)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PresenceIT {
    private static final int SUBSCRIBERS = Bound.of("presence.subscribers", 200);
    private static final int ROUNDS = Bound.of("presence.rounds", 3);
    private static final int ROOMS = 5;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    // Hazelcast notices a dead process within about a second.
    private static final Duration EXACT = Duration.ofSeconds(3);
    private static final Duration GRACE = Duration.ofSeconds(3);
    private static final String RULES = """
              - {channel: "rooms.{room}.presence", presenceOf: "rooms.{room}", history: {size: 50000}, subscribe: public}
              - {channel: "rooms.{room}", presence: members, subscribe: public}
              - {channel: "secret.{name}", presence: none, subscribe: public}
            """;
    private static final NodeSetup NODE =
            NodeSetup.of(NodeSetup.CONFIG.replaceFirst("(?m)^channels:\n", "channels:\n" + RULES));

    private static TestCluster cluster;
    private static List<TestNode> nodes;
    private static PlainServiceProcess service;

    @BeforeAll
    static void start() {
        cluster = new TestCluster(Bound.timeouts());
        nodes = new ArrayList<>(cluster.start(3, NODE));
        service = cluster.startPlainService();
        service.listen("sse.lifecycle");
    }

    @AfterAll
    static void end() {
        cluster.close();
    }

    private static EventStreamReader open(TestNode node, String channel, String sub) {
        String token = Tokens.mint(
                sub,
                List.of(),
                List.of(),
                new JsonObject().put("name", sub.toUpperCase(Locale.ROOT)),
                Duration.ofHours(1));
        EventStreamReader reader = node.stream("/stream/" + channel, token);
        assertThat(reader.status()).isEqualTo(200);
        reader.await("stream-open");
        return reader;
    }

    /** The members with their numbers of streams, and the number of all subscribers. */
    private static String presence(TestNode node, String channel) {
        HttpResponse<String> answer = node.get("/presence/" + channel);
        if (answer.statusCode() != 200) {
            return Integer.toString(answer.statusCode());
        }
        JsonObject json = new JsonObject(answer.body());
        StringBuilder text = new StringBuilder().append(json.getInteger("subscribers"));
        json.getJsonArray("members", new JsonArray())
                .forEach(each -> text.append(' ')
                        .append(((JsonObject) each).getString("sub"))
                        .append('=')
                        .append(((JsonObject) each).getInteger("subscribers")));
        return text.toString();
    }

    private static void awaitPresence(String channel, String expected, Duration patience) {
        for (TestNode node : nodes) {
            Eventually.see("the presence on " + channel, patience, () -> presence(node, channel), expected::equals);
        }
    }

    private static List<String> told(String sub) {
        return service.received("sse.lifecycle").stream()
                .map(each -> each.getJsonObject("body"))
                .filter(each -> sub.equals(each.getString("sub")))
                .map(each -> each.getString("type"))
                .toList();
    }

    @Test
    @Order(1)
    void numberAndMembers_areTheSameOnAllNodes_andExactAfterAKill() {
        // On a busy machine a node may have stood still while it started, and waits for the others to confirm it.
        awaitPresence("rooms.1", "0", PATIENCE);
        TestNode dying = nodes.get(2);
        EventStreamReader roster = nodes.get(0).stream("/stream/rooms.1.presence");
        roster.await("stream-open");
        EventStreamReader alice = open(nodes.get(0), "rooms.1", "alice");
        open(nodes.get(1), "rooms.1", "alice");
        EventStreamReader bob = open(dying, "rooms.1", "bob");
        EventStreamReader carol = open(dying, "rooms.1", "carol");
        EventStreamReader anonymous = nodes.get(1).stream("/stream/rooms.1");
        anonymous.await("stream-open");
        awaitPresence("rooms.1", "5 alice=2 bob=1 carol=1", EXACT);
        assertThat(new JsonObject(nodes.get(1).get("/presence/rooms.1").body())
                        .getJsonArray("members")
                        .getJsonObject(0)
                        .getJsonObject("properties"))
                .isEqualTo(new JsonObject().put("name", "ALICE"));
        Eventually.see("bob has joined", PATIENCE, () -> told("bob"), List.of("member-joined")::equals);
        Eventually.see("carol has joined", PATIENCE, () -> told("carol"), List.of("member-joined")::equals);

        // A move within the grace is told by nobody, also not while the leader may be another one.
        alice.close();
        alice = open(nodes.get(1), "rooms.1", "alice");
        dying.kill();
        nodes.remove(dying);
        EventStreamReader again = open(nodes.get(0), "rooms.1", "carol");
        awaitPresence("rooms.1", "4 alice=2 carol=1", EXACT);
        Eventually.see(
                "bob has left",
                GRACE.plus(PATIENCE),
                () -> told("bob"),
                List.of("member-joined", "member-left")::equals);
        assertThat(told("alice")).containsExactly("member-joined");
        assertThat(told("carol")).containsExactly("member-joined");
        assertThat(roster.awaitCount("member-joined", 3, PATIENCE)).hasSize(3);
        assertThat(new JsonObject(roster.await("member-left").data()).getString("sub"))
                .isEqualTo("bob");

        List.of(roster, alice, bob, carol, anonymous, again).forEach(EventStreamReader::close);
        nodes.add(cluster.start(NODE));
    }

    @Test
    @Order(2)
    void lists_needAGrant_andTellOnlyWhatItCovers() {
        EventStreamReader news = nodes.get(0).stream("/stream/public.news");
        news.await("stream-open");
        String admin = Tokens.admin("root", List.of("public.*"));
        assertThat(nodes.get(1).get("/channels").statusCode()).isEqualTo(401);
        assertThat(nodes.get(1)
                        .get("/channels", "Authorization", "Bearer " + Tokens.of("eve"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(nodes.get(2)
                        .get("/channels", "Authorization", "Bearer " + admin)
                        .body())
                .isEqualTo("{\"channels\":[{\"channel\":\"public.news\",\"subscribers\":1,\"last\":null}]}");
        assertThat(nodes.get(1).get("/presence/public.news").body())
                .isEqualTo("{\"channel\":\"public.news\",\"subscribers\":1}");
        assertThat(nodes.get(1).get("/presence/secret.x").statusCode()).isEqualTo(403);
        assertThat(nodes.get(1).get("/presence/team.x").statusCode()).isEqualTo(401);
        assertThat(nodes.get(1)
                        .get("/presence/none.such.channel", "Authorization", "Bearer " + admin)
                        .statusCode())
                .isEqualTo(403);
        assertThat(nodes.get(1)
                        .post(
                                "/publish/rooms.1.presence",
                                "{\"data\": 1}",
                                "Authorization",
                                "Bearer " + Tokens.mint("eve", List.of("**"), List.of("**")))
                        .statusCode())
                .isEqualTo(403);
        news.close();
    }

    /** The subscribers of a round: each has a place, and may be gone, moved or doubled in the next one. */
    @Test
    @Order(3)
    void subscribersThatComeAndGoWhileANodeIsKilled_leaveNoGhost() {
        Random random = new Random(Bound.seed("PresenceIT"));
        List<EventStreamReader> rosters = new ArrayList<>();
        for (int room = 0; room < ROOMS; room++) {
            EventStreamReader roster = nodes.get(0).stream("/stream/rooms.churn" + room + ".presence");
            roster.await("stream-open");
            rosters.add(roster);
        }
        Map<Integer, Seat> seats = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (int change = 0; change < SUBSCRIBERS; change++) {
                move(random, seats, change);
                if (change == SUBSCRIBERS / 2) {
                    // The first one serves the rosters.
                    TestNode dying = nodes.remove(1 + random.nextInt(nodes.size() - 1));
                    dying.kill();
                    seats.values().removeIf(seat -> seat.node == dying);
                }
            }
            for (int room = 0; room < ROOMS; room++) {
                awaitPresence("rooms.churn" + room, expected(seats, room), PATIENCE);
                int number = room;
                Eventually.see(
                        "joined minus left on room " + room + " in round " + round,
                        PATIENCE,
                        () -> roster(rosters.get(number)),
                        members(seats, room)::equals);
            }
            Bound.say("PresenceIT: round %d of %d, %d subscribers", round + 1, ROUNDS, seats.size());
            nodes.add(cluster.start(NODE));
        }
        seats.values().forEach(seat -> seat.reader.close());
        for (int room = 0; room < ROOMS; room++) {
            awaitPresence("rooms.churn" + room, "0", PATIENCE);
            int number = room;
            Eventually.see("nobody is left", PATIENCE, () -> roster(rosters.get(number)), Set::isEmpty);
        }
        assertRepeatsHaveTheSameId();
    }

    private record Seat(TestNode node, int room, String sub, EventStreamReader reader) {}

    private static void move(Random random, Map<Integer, Seat> seats, int place) {
        Seat before = seats.remove(place);
        if (before != null) {
            before.reader.close();
        }
        if (random.nextInt(4) > 0) {
            TestNode node = nodes.get(random.nextInt(nodes.size()));
            int room = random.nextInt(ROOMS);
            // Some subjects have several streams.
            String sub = "s" + random.nextInt(1 + SUBSCRIBERS * 3 / 4);
            seats.put(place, new Seat(node, room, sub, open(node, "rooms.churn" + room, sub)));
        }
    }

    private static String expected(Map<Integer, Seat> seats, int room) {
        TreeMap<String, Integer> streams = new TreeMap<>();
        int all = 0;
        for (Seat seat : seats.values()) {
            if (seat.room == room) {
                all++;
                streams.merge(seat.sub, 1, Integer::sum);
            }
        }
        StringBuilder text = new StringBuilder().append(all);
        streams.forEach((sub, count) -> text.append(' ').append(sub).append('=').append(count));
        return text.toString();
    }

    private static Set<String> members(Map<Integer, Seat> seats, int room) {
        Set<String> members = new TreeSet<>();
        seats.values().stream().filter(seat -> seat.room == room).forEach(seat -> members.add(seat.sub));
        return members;
    }

    /** The members according to the events of the presence channel. */
    private static Set<String> roster(EventStreamReader reader) {
        Set<String> members = new TreeSet<>();
        for (ReceivedEvent event : reader.events()) {
            if (event.type().equals("member-joined")) {
                assertThat(members.add(new JsonObject(event.data()).getString("sub")))
                        .as("joined twice: %s", event)
                        .isTrue();
            } else if (event.type().equals("member-left")) {
                assertThat(members.remove(new JsonObject(event.data()).getString("sub")))
                        .as("left twice: %s", event)
                        .isTrue();
            }
        }
        return members;
    }

    /** For each member, arrivals and departures take turns if repetitions of an id do not count. */
    private static void assertRepeatsHaveTheSameId() {
        Map<String, String> last = new HashMap<>();
        Set<String> ids = new TreeSet<>();
        for (JsonObject message : service.received("sse.lifecycle")) {
            JsonObject body = message.getJsonObject("body");
            if (ids.add(body.getString("id"))) {
                String what = body.getString("channel") + " " + body.getString("sub");
                assertThat(last.put(what, body.getString("type")))
                        .as("%s", body)
                        .isNotEqualTo(body.getString("type"));
            }
        }
    }
}
