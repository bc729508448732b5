package io.ssebridge.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/** Requests about open streams that come to another node than the stream. */
@Timeout(120)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SubscribersIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String UNKNOWN = "0123456789abcdef0123456789abcdef01234567";
    private static final NodeSetup SETUP = NodeSetup.of(NodeSetup.CONFIG + """
            limits: {subscribersPerSubject: 3}
            disconnect: {block: 10m}
            """);

    private static TestCluster cluster;
    private static TestNode one;
    private static TestNode two;

    @BeforeAll
    static void start() {
        cluster = new TestCluster();
        List<TestNode> nodes = cluster.start(2, SETUP);
        one = nodes.get(0);
        two = nodes.get(1);
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static String token(String subject) {
        return Tokens.mint(subject, List.of("team.*"), List.of());
    }

    private static EventStreamReader open(TestNode node, String subject) {
        return node.stream("/stream/team.a", token(subject));
    }

    private static int statusOf(TestNode node, String subject) {
        try (EventStreamReader reader = open(node, subject)) {
            return reader.status();
        }
    }

    private static HttpResponse<String> ask(TestNode node, String method, String path, String token) {
        return node.send(HttpRequest.newBuilder(node.uri(path))
                .header("Authorization", "Bearer " + token)
                .method(method, HttpRequest.BodyPublishers.noBody()));
    }

    @Test
    @Order(1)
    void anyNode_extendsAndExplainsAStream_forItsOwnSubjectOnly() {
        try (EventStreamReader stream = open(one, "alice")) {
            JsonObject opened = stream.await("stream-open").json();
            String path = "/subscribers/" + opened.getString("subscriber");
            String longer = Tokens.mint("alice", List.of("team.*"), List.of(), new JsonObject(), Duration.ofHours(2));

            HttpResponse<String> extended = ask(two, "POST", path + "/token", longer);
            assertThat(extended.statusCode()).isEqualTo(200);
            String expires = new JsonObject(extended.body()).getString("expires");
            assertThat(expires).isGreaterThan(opened.getString("expires"));

            HttpResponse<String> explained = ask(two, "GET", path, longer);
            assertThat(explained.statusCode()).isEqualTo(200);
            JsonObject json = new JsonObject(explained.body());
            assertThat(json.getString("node")).isEqualTo(opened.getString("node"));
            assertThat(json.getString("expires")).isEqualTo(expires);
            assertThat(json.getJsonArray("channels").getJsonObject(0).getString("channel"))
                    .isEqualTo("team.a");

            for (String method : List.of("GET", "DELETE")) {
                HttpResponse<String> foreign = ask(two, method, path, token("bob"));
                assertThat(foreign.statusCode()).isEqualTo(404);
                assertThat(foreign.body())
                        .isEqualTo(ask(two, method, "/subscribers/" + UNKNOWN, token("bob"))
                                .body());
            }
            assertThat(ask(two, "POST", path + "/token", token("bob")).statusCode())
                    .isEqualTo(404);

            HttpResponse<String> less =
                    ask(two, "POST", path + "/token", Tokens.mint("alice", List.of("team.b"), List.of()));
            assertThat(less.statusCode()).isEqualTo(403);
            assertThat(stream.await("stream-error").json().getString("reason")).isEqualTo("access-lost");
        }
    }

    @Test
    @Order(2)
    void aSubject_hasNoMoreStreamsThanAllowed_onAllNodesTogether() {
        EventStreamReader first = open(one, "carol");
        try (EventStreamReader second = open(one, "carol");
                EventStreamReader third = open(two, "carol")) {
            assertThat(List.of(first.status(), second.status(), third.status())).containsOnly(200);
            assertThat(statusOf(one, "carol")).isEqualTo(429);
            assertThat(statusOf(two, "carol")).isEqualTo(429);
            assertThat(statusOf(two, "dave")).isEqualTo(200);

            first.close();
            Eventually.holds("room for a stream", PATIENCE, () -> statusOf(two, "carol") == 200);
        }
    }

    @Test
    @Order(3)
    void aSubjectThatIsDisconnected_losesItsStreamsOnAllNodes_andCannotOpenThemOnAny() {
        try (EventStreamReader here = open(one, "erin");
                EventStreamReader there = open(two, "erin");
                EventStreamReader frank = open(two, "frank")) {
            here.await("stream-open");
            there.await("stream-open");
            frank.await("stream-open");

            HttpResponse<String> ended =
                    ask(two, "DELETE", "/subscribers?sub=erin&channel=team.a", Tokens.admin("root", List.of("team.*")));
            assertThat(ended.statusCode()).isEqualTo(200);
            assertThat(new JsonObject(ended.body())).isEqualTo(new JsonObject().put("disconnected", 2));
            for (EventStreamReader stream : List.of(here, there)) {
                assertThat(stream.await("stream-error").json())
                        .isEqualTo(
                                new JsonObject().put("reason", "disconnected").put("reconnect", false));
            }
            assertThat(statusOf(one, "erin")).isEqualTo(403);
            assertThat(statusOf(two, "erin")).isEqualTo(403);
            assertThat(statusOf(two, "frank")).isEqualTo(200);
        }
    }

    @Test
    @Order(4)
    void aStreamThatIsDisconnectedFromAnotherNode_cannotBeOpenedOnAny() {
        try (EventStreamReader stream = open(one, "grace")) {
            String path = "/subscribers/" + stream.await("stream-open").json().getString("subscriber");

            assertThat(ask(two, "DELETE", path, token("grace")).statusCode()).isEqualTo(200);
            assertThat(stream.await("stream-error").json().getString("reason")).isEqualTo("disconnected");
            Eventually.holds(
                    "the block", PATIENCE, () -> statusOf(one, "grace") == 403 && statusOf(two, "grace") == 403);
            assertThat(ask(two, "DELETE", path, token("grace")).statusCode()).isEqualTo(404);
        }
    }

    @Test
    @Order(5)
    void aDeadNode_leavesNoCounts_andANewOneKnowsTheBlocks() {
        try (EventStreamReader first = open(one, "heidi");
                EventStreamReader second = open(one, "heidi");
                EventStreamReader third = open(one, "heidi")) {
            String id = first.await("stream-open").json().getString("subscriber");
            second.await("stream-open");
            third.await("stream-open");
            assertThat(statusOf(two, "heidi")).isEqualTo(429);

            one.kill();
            Eventually.holds("room for a stream", PATIENCE, () -> statusOf(two, "heidi") == 200);
            Eventually.holds(
                    "no such stream",
                    PATIENCE,
                    () -> ask(two, "GET", "/subscribers/" + id, token("heidi")).statusCode() == 404);

            TestNode fresh = cluster.start(SETUP);
            assertThat(statusOf(fresh, "erin")).isEqualTo(403);
            assertThat(statusOf(fresh, "heidi")).isEqualTo(200);
        }
    }
}
