package io.ssebridge.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.http.RawConnection;
import io.ssebridge.http.ServedNode;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.ReceivedEvent;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The demo on several nodes that share one event bus: here all in one JVM. */
@Timeout(60)
class DemoTakeoverTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Set<String> BOTH = Set.of("a", "b");

    private final ServedNode bridge =
            ServedNode.of("channels: [{channel: \"**\", subscribe: public, publish: public}]");
    private final NodesAsTold a = new NodesAsTold("a");
    private final NodesAsTold b = new NodesAsTold("b");

    @AfterEach
    void close() {
        bridge.close();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.await(20, TimeUnit.SECONDS);
    }

    private Demo open(NodesAsTold nodes) throws Exception {
        ChannelRule all = new ChannelRule(
                ChannelPattern.of("**"),
                null,
                null,
                Requirement.PUBLIC,
                Requirement.PUBLIC,
                Retention.DEFAULT,
                ChannelRule.DEFAULT_LINGER,
                0);
        Demo demo = await(Demo.open(
                bridge.vertx(),
                nodes,
                new ChannelRules(List.of(all)),
                (claims, life) -> "token",
                "sub",
                "127.0.0.1",
                "/",
                bridge.clock()));
        demo.serving(bridge.port());
        return demo;
    }

    private void see(Set<String> nodes) {
        a.see(nodes, nodes);
        b.see(nodes, nodes);
    }

    private static List<String> names(Demo demo) {
        try {
            JsonArray nodes = await(demo.describe()).getJsonArray("nodes");
            return IntStream.range(0, nodes.size())
                    .mapToObj(nodes::getJsonObject)
                    .map(node -> node.getString("id") + " is " + node.getString("name"))
                    .toList();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aSceneGoesOn_withoutDuplicates_whenItsNodeIsGone() throws Exception {
        see(BOTH);
        Demo first = open(a);
        Demo second = open(b);
        JsonObject run = await(first.run("why?"));
        try (EventStreamReader reader = EventStreamReader.open(
                URI.create("http://127.0.0.1:" + bridge.port() + "/" + run.getString("stream") + "?last=500"))) {
            bridge.clock().pass(Duration.ofSeconds(2));
            List<ReceivedEvent> unused = reader.awaitCount("word", 10, PATIENCE);
            assertThat(await(second.describe()).getInteger("running")).isZero();

            await(first.close());
            see(Set.of("b"));
            bridge.clock().pass(Duration.ofSeconds(30));

            assertThat(reader.awaitEnd(PATIENCE)).isNotNull();
            List<Integer> numbers = reader.events("word").stream()
                    .map(word -> word.json().getInteger("n"))
                    .toList();
            assertThat(numbers)
                    .hasSizeGreaterThan(80)
                    .containsExactlyElementsOf(
                            IntStream.range(0, numbers.size()).boxed().toList());
            assertThat(reader.events("done")).hasSize(1);
        }
    }

    @Test
    void twoNodes_playASceneOnce() throws Exception {
        see(BOTH);
        Demo first = open(a);
        Demo second = open(b);
        assertThat(first).isNotSameAs(second);
        JsonObject job = await(second.job());
        bridge.clock().pass(Duration.ofMinutes(1));

        Eventually.holds("the end", PATIENCE, () -> history(job).size() == 21);
        assertThat(history(job).getJsonObject(20).getString("event")).isEqualTo("done");
    }

    private JsonArray history(JsonObject scene) {
        return RawConnection.ask(
                        bridge.port(),
                        "GET /history/" + scene.getString("channel") + "?limit=1000 HTTP/1.1",
                        "Host: localhost")
                .problem()
                .getJsonArray("events");
    }

    @Test
    void aNode_takesTheFirstLetterThatIsFree() throws Exception {
        see(BOTH);
        Demo first = open(a);
        Eventually.see("a name", PATIENCE, () -> names(first), List.of("a is A")::equals);
        Demo second = open(b);
        Eventually.see("two names", PATIENCE, () -> names(second), List.of("a is A", "b is B")::equals);

        NodesAsTold c = new NodesAsTold("c");
        Set<String> now = Set.of("b", "c");
        b.see(now, now);
        c.see(now, now);
        Demo third = open(c);

        Eventually.see("the free letter", PATIENCE, () -> names(third), List.of("c is A", "b is B")::equals);
    }

    @Test
    void onlyOneNode_isStoppedWithinTenSeconds_andNeverTheLastOne() throws Exception {
        AtomicInteger halted = new AtomicInteger();
        see(Set.of("a"));
        Demo first = open(a);
        Demo second = open(b);
        first.onStop(halted::incrementAndGet);
        second.onStop(halted::incrementAndGet);
        assertThatThrownBy(() -> await(first.stopNode()))
                .isInstanceOf(ConflictException.class)
                .hasMessage("no other node would go on");

        see(BOTH);
        assertThat(await(first.stopNode()).getJsonObject("node").getString("id"))
                .isEqualTo("a");
        assertThatThrownBy(() -> await(second.stopNode()))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("was stopped less than 10 s ago");
        first.halt();
        assertThat(halted).hasValue(1);
    }
}
