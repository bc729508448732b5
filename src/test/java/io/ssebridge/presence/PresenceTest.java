package io.ssebridge.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.event.Event;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.OnContext;
import io.ssebridge.wire.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every node answers the same truth about subscribers, members and channels, or says that it cannot know it. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class PresenceTest {
    private static final String CHANNELS = """
            channels:
              - {channel: "rooms.{room}", presence: members}
              - {channel: "secret.{name}", presence: none}
              - {channel: "{kind}.{name}"}
            """;

    private static final JsonObject ALICE = new JsonObject().put("name", new JsonObject().put("first", "Alice"));

    private PresenceCluster cluster;

    @BeforeEach
    void open(Vertx vertx) {
        cluster = new PresenceCluster(vertx, CHANNELS, "a", "b", "c");
    }

    private static JsonObject count(String channel, int subscribers) {
        return new JsonObject().put("channel", channel).put("subscribers", subscribers);
    }

    private static JsonObject member(String sub, int subscribers, JsonObject properties) {
        return new JsonObject().put("sub", sub).put("subscribers", subscribers).put("properties", properties);
    }

    @Test
    void theNumberOfSubscribers_isTheSameFromEveryNode() {
        var first = cluster.anonymous("a", "news.x");
        cluster.anonymous("a", "news.x");
        cluster.anonymous("b", "news.x");
        cluster.open("c", "news.x", "alice", Map.of());
        cluster.anonymous("c", "news.y");
        for (String node : List.of("a", "b", "c")) {
            assertThat(cluster.presence(node, "news.x")).isEqualTo(count("news.x", 4));
        }
        cluster.close(first);
        for (String node : List.of("a", "b", "c")) {
            assertThat(cluster.presence(node, "news.x")).isEqualTo(count("news.x", 3));
            assertThat(cluster.presence(node, "news.unused")).isEqualTo(count("news.unused", 0));
        }
    }

    @Test
    void members_areMergedBySubjectOverAllNodes_andAnonymousSubscribersAreNoMembers() {
        cluster.open("b", "rooms.1", "bob", Map.of("role", "old"));
        cluster.pass(Duration.ofSeconds(1));
        cluster.open("a", "rooms.1", "bob", Map.of("role", "new"));
        cluster.anonymous("b", "rooms.1");
        var alice = cluster.open("c", "rooms.1", "alice", Map.of("name", Map.of("first", "Alice")));
        JsonObject bob = member("bob", 2, new JsonObject().put("role", "new"));
        JsonObject expected = count("rooms.1", 4)
                .put("members", new JsonArray().add(member("alice", 1, ALICE)).add(bob));
        for (String node : List.of("a", "b", "c")) {
            assertThat(cluster.presence(node, "rooms.1").encode()).isEqualTo(expected.encode());
        }
        cluster.close(alice);
        assertThat(cluster.presence("a", "rooms.1"))
                .isEqualTo(count("rooms.1", 3).put("members", new JsonArray().add(bob)));
    }

    @Test
    void aNodeThatHasLeftTheCluster_countsNoMore() {
        cluster.anonymous("a", "news.x");
        cluster.anonymous("b", "news.x");
        cluster.kill("b");
        assertThat(cluster.presence("a", "news.x")).isEqualTo(count("news.x", 1));
        assertThat(cluster.presence("c", "news.x")).isEqualTo(count("news.x", 1));
    }

    @Test
    void aNodeThatDoesNotAnswer_makesTheQuestionFail_neverAWrongNumber() {
        cluster.anonymous("a", "news.x");
        cluster.addReadyMember("frozen");
        answerOnlyPings("frozen");
        assertThatThrownBy(() -> cluster.presence("a", "news.x"))
                .hasRootCauseInstanceOf(ReplyException.class)
                .hasMessageContaining("not all nodes of the cluster answer");
    }

    @Test
    void aNodeThatLeavesWhileItIsAsked_countsNoMore() {
        cluster.anonymous("a", "news.x");
        cluster.addReadyMember("frozen");
        ConcurrentLinkedQueue<String> operations = new ConcurrentLinkedQueue<>();
        consume(
                "frozen",
                message -> operations.add(String.valueOf(message.headers().get("operation"))));
        var asked = cluster.begin(() -> cluster.node("a").presence().of(PresenceCluster.name("news.x")));
        Eventually.holds("the question", PresenceCluster.PATIENCE, () -> operations.contains("PRESENCE"));
        cluster.removeMember("frozen");
        assertThat(OnContext.await(asked)).isEqualTo(count("news.x", 1));
    }

    @Test
    void anotherServiceInTheCluster_isNotWaitedFor() {
        cluster.anonymous("b", "news.x");
        cluster.addMember("service");
        assertThat(cluster.presence("a", "news.x")).isEqualTo(count("news.x", 1));
    }

    @Test
    void equalQuestionsAtTheSameTime_costOneMessageToEachNode() {
        ConcurrentLinkedQueue<String> operations = new ConcurrentLinkedQueue<>();
        cluster.addReadyMember("counting");
        consume("counting", message -> {
            operations.add(String.valueOf(message.headers().get("operation")));
            message.reply(new ChannelPresence(7, List.of(), false).encode());
        });
        List<JsonObject> answers = cluster.call(() -> {
            List<Future<JsonObject>> asked = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                asked.add(cluster.node("a").presence().of(PresenceCluster.name("news.x")));
            }
            return Future.all(asked)
                    .map(all -> asked.stream().map(Future::result).toList());
        });
        assertThat(answers).hasSize(100).containsOnly(count("news.x", 7));
        assertThat(operations.stream().filter("PRESENCE"::equals)).hasSize(1);
    }

    @Test
    void tooManyDifferentQuestionsAtTheSameTime_areRefused() {
        cluster.addReadyMember("frozen");
        answerOnlyPings("frozen");
        List<Throwable> failures = cluster.call(() -> {
            List<Future<JsonObject>> asked = new ArrayList<>();
            for (int i = 0; i < PresenceQuestions.MAX_QUESTIONS + 1; i++) {
                asked.add(cluster.node("a").presence().of(PresenceCluster.name("news.x" + i)));
            }
            return Future.join(asked)
                    .otherwiseEmpty()
                    .map(all -> asked.stream().map(Future::cause).toList());
        });
        assertThat(failures)
                .extracting(failure -> ((ReplyException) failure).failureCode())
                .containsOnlyOnce(429)
                .contains(503);
        cluster.removeMember("frozen");
        assertThat(cluster.presence("a", "news.x")).isEqualTo(count("news.x", 0));
    }

    @Test
    void moreThanAThousandMembers_areCutInTheOrderOfTheirSubjects_andEachNumberIsExact() {
        List<Member> all = new ArrayList<>();
        for (int i = 0; i < 1_500; i++) {
            all.add(new Member("s%04d".formatted(i), 1, "{}", i));
        }
        // A node that has left members out has more streams of later subjects, which nobody knows.
        ChannelPresence part = ChannelPresence.bounded(1_500, all, false);
        ChannelPresence other = ChannelPresence.bounded(
                2, List.of(new Member("s0001", 1, "{}", 0), new Member("s1400", 1, "{}", 0)), false);
        ChannelPresence sum = ChannelPresence.sum(List.of(part, other));
        assertThat(part.more()).isTrue();
        assertThat(sum.subscribers()).isEqualTo(1_502);
        assertThat(sum.more()).isTrue();
        assertThat(sum.members()).hasSize(1_000).last().extracting(Member::sub).isEqualTo("s0999");
        assertThat(sum.members().get(1).subscribers()).isEqualTo(2);
        assertThat(ChannelPresence.decode(sum.encode())).isEqualTo(sum);
    }

    @Test
    void membersAfterTheEndOfAShortenedPart_areLeftOut() {
        ChannelPresence shortened =
                new ChannelPresence(9, List.of(new Member("b", 1, "{}", 0), new Member("d", 1, "{}", 0)), true);
        ChannelPresence whole =
                ChannelPresence.bounded(2, List.of(new Member("c", 1, "{}", 0), new Member("e", 1, "{}", 0)), false);
        ChannelPresence sum = ChannelPresence.sum(List.of(whole, shortened));
        assertThat(sum.members()).extracting(Member::sub).containsExactly("b", "c", "d");
        assertThat(sum.more()).isTrue();
        assertThat(sum.subscribers()).isEqualTo(11);
    }

    @Test
    void largeProperties_cutTheList() {
        List<Member> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(new Member("s%04d".formatted(i), 1, "{\"p\":\"%s\"}".formatted("x".repeat(6_000)), i));
        }
        ChannelPresence cut = ChannelPresence.bounded(100, all, false);
        assertThat(cut.more()).isTrue();
        assertThat(cut.members()).hasSizeBetween(1, 50);
    }

    @Test
    void aRuleWithoutPresence_tellsNothing() {
        cluster.anonymous("a", "secret.x");
        assertThatThrownBy(() -> cluster.presence("a", "secret.x"))
                .hasMessageContaining("channel \"secret.x\": its rule has presence: none");
    }

    @Test
    void aSubjectThatJsonCannotCarry_isCountedOnly() {
        cluster.open("a", "rooms.1", "half \ud800", Map.of());
        assertThat(cluster.presence("b", "rooms.1"))
                .isEqualTo(count("rooms.1", 1).put("members", new JsonArray()));
    }

    @Test
    void channels_areThoseWithSubscribers_asFarAsThePatternsCover() {
        cluster.anonymous("a", "news.x");
        cluster.anonymous("b", "news.x");
        cluster.anonymous("b", "news.y");
        cluster.anonymous("c", "users.alice");
        cluster.anonymous("c", "users.bob");
        var gone = cluster.anonymous("c", "news.gone");
        cluster.close(gone);
        var unused = cluster.call(() -> cluster.node("a").publish("news.y", Event.of(null, "x"), null));
        ChannelScope scope = new ChannelScope(
                List.of(ChannelPattern.of("news.*"), ChannelPattern.of("users.{sub}")), Optional.of("alice"), "");
        JsonArray expected = new JsonArray()
                .add(use("news.x", 2, null))
                .add(use("news.y", 1, "2026-11-20T12:00:00Z"))
                .add(use("users.alice", 1, null));
        for (String node : List.of("a", "b", "c")) {
            assertThat(cluster.channels(node, scope).encode())
                    .isEqualTo(new JsonObject().put("channels", expected).encode());
        }
        assertThat(cluster.channels("a", ChannelScope.all("news.y")).getJsonArray("channels"))
                .extracting(each -> ((JsonObject) each).getString("channel"))
                .containsExactly("users.alice", "users.bob");
    }

    private static JsonObject use(String channel, int subscribers, @Nullable String last) {
        return new JsonObject()
                .put("channel", channel)
                .put("subscribers", subscribers)
                .put("last", last);
    }

    @Test
    void moreThanAThousandChannels_areCutInTheOrderOfTheirNames() {
        ChannelList one = new ChannelList();
        ChannelList two = new ChannelList();
        for (int i = 0; i < 1_500; i++) {
            one.add("c%04d".formatted(i), new ChannelList.Use(1, 0));
        }
        two.add("c0000", new ChannelList.Use(0, 5));
        two.add("c1200", new ChannelList.Use(1, 0));
        JsonObject sum = ChannelList.sum(List.of(one.encode(), two.encode()));
        assertThat(sum.getBoolean("more")).isTrue();
        assertThat(sum.getJsonArray("channels")).hasSize(1_000);
        assertThat(sum.getJsonArray("channels").getJsonObject(999).getString("channel"))
                .isEqualTo("c0999");
        assertThat(sum.getJsonArray("channels").getJsonObject(0).getString("last"))
                .isEqualTo("1970-01-01T00:00:00.005Z");
    }

    @Test
    void questionsOnTheEventBus_getTheSameAnswers() {
        cluster.open("c", "rooms.1", "alice", Map.of());
        assertThat(ask("sse.presence", new JsonObject().put("channel", "rooms.1")))
                .isEqualTo(cluster.presence("b", "rooms.1"));
        assertThat(ask("sse.channels", new JsonObject())).isEqualTo(cluster.channels("b", ChannelScope.all("")));
        assertThat(ask("sse.channels", null)).isEqualTo(cluster.channels("b", ChannelScope.all("")));
        assertThat(code("sse.presence", new JsonObject())).isEqualTo(400);
        assertThat(code("sse.presence", null)).isEqualTo(400);
        assertThat(code("sse.presence", new JsonObject().put("channel", "no rule at all")))
                .isEqualTo(404);
        assertThat(code("sse.presence", new JsonObject().put("channel", "secret.x")))
                .isEqualTo(403);
        assertThat(code("sse.channels", new JsonObject().put("after", 1))).isEqualTo(400);
    }

    private JsonObject ask(String address, @Nullable JsonObject body) {
        return cluster.call(() ->
                cluster.vertx().eventBus().<JsonObject>request(address, body).map(Message::body));
    }

    private int code(String address, @Nullable JsonObject body) {
        return cluster.call(() -> cluster.vertx()
                .eventBus()
                .<JsonObject>request(address, body)
                .map(200)
                .recover(failure -> Future.succeededFuture(((ReplyException) failure).failureCode())));
    }

    private void answerOnlyPings(String node) {
        consume(node, message -> {
            if ("PING".equals(message.headers().get("operation"))) {
                message.reply(null);
            }
        });
    }

    private void consume(String node, Consumer<Message<Object>> answer) {
        MessageConsumer<Object> consumer = cluster.vertx().eventBus().consumer(Wire.node(node), answer::accept);
        Eventually.holds("the consumer is there", PresenceCluster.PATIENCE, consumer::isRegistered);
    }
}
