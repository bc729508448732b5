package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SharedMap;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.presence.PresenceOptions;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.ShardLoops;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Every message of another node, which may be of another version, gets a clear answer and does no harm. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class NodeServiceTest {
    private static final ChannelName NEWS = new ChannelName("news.a");
    private static final int SHARD = Shards.of(NEWS);

    private Vertx vertx;
    private OnContext owner;
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ChannelRules rules = new ChannelRules(List.of(new ChannelRule(
            ChannelPattern.of("{a}.{b}"),
            ChannelPattern.of("{a}.{b}"),
            null,
            Requirement.PUBLIC,
            Requirement.PUBLIC,
            Retention.DEFAULT,
            ChannelRule.DEFAULT_LINGER,
            0)));
    private final FakeClock clock = new FakeClock();
    private volatile Promise<Void> answering = answeringAtOnce();
    private final SharedMaps maps = SharedMaps.local(clock);
    private final NodesAsTold nodes = new NodesAsTold("self") {
        @Override
        public Optional<SharedMaps> maps() {
            return Optional.of(new SharedMaps(
                    maps.leaders(),
                    maps.channels(),
                    lateAnswers(maps.keys()),
                    maps.blocks(),
                    maps.presence(),
                    maps.keyPartition()));
        }
    };
    private BusNode node;
    // An exception of a handler ends up in the log with a stack trace.
    private final Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();

    private static Promise<Void> answeringAtOnce() {
        Promise<Void> now = Promise.promise();
        now.complete();
        return now;
    }

    private BusNode node() {
        nodes.see(Set.of("self"), Set.of("self"));
        return owner.call(() -> BusNode.open(
                vertx,
                ShardLoops.COUNT,
                nodes,
                rules,
                LimitOptions.DEFAULT,
                StreamOptions.DEFAULT,
                PresenceOptions.DEFAULT,
                new MemoryHistory(rules),
                Map.of(),
                clock,
                meters));
    }

    @BeforeEach
    void open(Vertx vertx) {
        this.vertx = vertx;
        owner = new OnContext(vertx.getOrCreateContext());
        node = node();
        vertx.exceptionHandler(thrown::add);
    }

    @AfterEach
    void nothingIsThrown() {
        assertThat(thrown).isEmpty();
    }

    /** It opened a channel that the node does not lead: two nodes consumed one address. */
    @Test
    void aChannelOfAnotherShard_isRefused() {
        int other = (SHARD + 1) % Shards.COUNT;
        for (Operation operation : List.of(Operation.ATTACH, Operation.TAIL, Operation.DETACH)) {
            assertThat(refusal(operation, other, new JsonArray().add(NEWS.value())))
                    .hasMessageContaining("channel \"news.a\": of shard " + SHARD);
        }
        assertThat(refusal(Operation.APPEND, other, batch().encode())).hasMessageContaining("of shard " + SHARD);
        assertThat(isConsumed()).isFalse();
        assertThat(refused()).isEqualTo(4);
    }

    @Test
    void aShardThatAnotherNodeLeads_isRefused() {
        nodes.see(Set.of("other"), Set.of("self", "other"));
        owner.run(() -> {});

        for (Operation operation : List.of(Operation.ATTACH, Operation.TAIL)) {
            assertThat(ask(operation, SHARD, new JsonArray().add(NEWS.value())))
                    .isInstanceOfSatisfying(
                            ReplyException.class,
                            failure -> assertThat(failure.failureCode()).isEqualTo(Refusals.MISDIRECTED));
        }
        assertThat(isConsumed()).isFalse();
    }

    /** The listener stayed for ever, and a channel without events was never idle. */
    @Test
    void aDetachThatComesWhileAnAttachWaitsForTheChannel_leavesNoListener() {
        JsonArray names = new JsonArray().add(NEWS.value());
        answering = Promise.promise();
        CompletableFuture<Message<Object>> attached = owner.begin(() ->
                vertx.eventBus().request(Wire.node("self"), names, Wire.options(Operation.ATTACH, "other", SHARD)));
        owner.run(
                () -> vertx.eventBus().send(Wire.node("self"), names, Wire.options(Operation.DETACH, "other", SHARD)));
        // The node answers this one at once. So it has received both messages before.
        assertThat(ask(Operation.LISTENING, SHARD, null)).isNull();
        owner.run(answering::complete);
        assertThat(OnContext.await(attached).body()).isNotNull();
        assertThat(isOpen()).isTrue();

        clock.pass(Retention.DEFAULT.ttl().plusSeconds(1));
        Eventually.holds("an idle channel", Duration.ofSeconds(5), () -> !isOpen());
    }

    @Test
    void aLostDetach_isSentAgain_andTheChannelBecomesIdle() {
        JsonArray names = new JsonArray().add(NEWS.value());
        assertThat(OnContext.await(owner.begin(() -> vertx.eventBus()
                                .request(Wire.node("self"), names, Wire.options(Operation.ATTACH, "self", SHARD))))
                        .body())
                .isNotNull();
        assertThat(isOpen()).isTrue();

        Eventually.holds("an idle channel", Duration.ofSeconds(10), () -> {
            clock.pass(Retention.DEFAULT.ttl().plusSeconds(1));
            return !isOpen();
        });
    }

    /** The map with answers that wait for the test, as they would wait for the cluster. */
    @SuppressWarnings("unchecked") // It stands for the same interface.
    private <K, V> SharedMap<K, V> lateAnswers(SharedMap<K, V> map) {
        return (SharedMap<K, V>) Proxy.newProxyInstance(
                SharedMap.class.getClassLoader(), new Class<?>[] {SharedMap.class}, (proxy, method, arguments) -> {
                    Future<?> answer = (Future<?>) method.invoke(map, arguments);
                    return OnContext.onCaller(answering.future()).compose(now -> answer);
                });
    }

    /** Whether the address of the channel is consumed; asked by a message that is refused and does not count as a use of the channel. */
    private boolean isOpen() {
        return failure(vertx.eventBus()
                                .request(NEWS.value(), "x", new DeliveryOptions().addHeader("retry", "no number")))
                        instanceof ReplyException refused
                && refused.failureCode() == Refusals.BAD_REQUEST;
    }

    @Test
    void aReservedAddress_isRefused() {
        String name = "sse.publish";
        int shard = Shards.of(new ChannelName(name));
        String refusal = "channel \"sse.publish\": its address sse.publish is reserved";
        assertThat(refusal(Operation.ATTACH, shard, new JsonArray().add(name))).hasMessageContaining(refusal);
        assertThat(refusal(Operation.TAIL, shard, new JsonArray().add(name))).hasMessageContaining(refusal);
        Submission.AppendRequest batch = new Submission.AppendRequest(new ChannelName(name), batch().submissions());
        assertThat(refusal(Operation.APPEND, shard, batch.encode())).hasMessageContaining(refusal);
    }

    @Test
    void everyOperationWithAForeignBody_isRefused() {
        List<Object> bodies = List.of(
                "text",
                4711,
                true,
                new JsonObject(),
                new JsonArray().addNull(),
                new JsonArray().add(1),
                new JsonArray().add(""),
                new JsonArray().add("a..b"),
                new JsonArray().add("a\u0000b"),
                new JsonArray().add(new JsonArray()),
                Buffer.buffer(),
                Buffer.buffer(new byte[] {-1, -1, -1, -1}),
                Buffer.buffer(new byte[] {127, -1, -1, -1}));
        for (Operation operation : List.of(
                Operation.APPEND,
                Operation.ATTACH,
                Operation.TAIL,
                Operation.DETACH,
                Operation.PRESENCE,
                Operation.CHANNELS,
                Operation.ROSTER)) {
            assertThat(refusal(operation, SHARD, null)).isNotNull();
            bodies.forEach(body -> assertThat(refusal(operation, SHARD, body)).isNotNull());
        }
        assertThat(refused()).isEqualTo(7L * (bodies.size() + 1));
    }

    @Test
    void malformedHeaders_areRefused() {
        DeliveryOptions good = Wire.options(Operation.LISTENING, "other", SHARD);
        for (String header : List.of("operation", "sender", "shard")) {
            for (@Nullable String value : Arrays.asList(null, "", "-1", "64", "99999999999", "ATTACHED", "\u0000")) {
                if (header.equals("sender") && value != null) {
                    continue;
                }
                DeliveryOptions bad = new DeliveryOptions();
                good.getHeaders().forEach((name, original) -> {
                    if (!name.equals(header)) {
                        bad.addHeader(name, original);
                    } else if (value != null) {
                        bad.addHeader(name, value);
                    }
                });
                assertThat(failure(vertx.eventBus().request(Wire.node("self"), null, bad)))
                        .as("%s: %s", header, value)
                        .isInstanceOfSatisfying(
                                ReplyException.class,
                                failure -> assertThat(failure.failureCode()).isEqualTo(Refusals.BAD_REQUEST));
            }
        }
    }

    @Test
    void anAppendCutAnywhereOrMixedUp_isAnAppendOrRefused() {
        Buffer good = batch().encode();
        for (int length = 0; length < good.length(); length++) {
            assertAnswered(Operation.APPEND, good.getBuffer(0, length));
        }
        Random random = new Random(20_261_121);
        for (int i = 0; i < 2_000; i++) {
            assertAnswered(Operation.APPEND, mixedUp(good, random));
        }
        assertThat(node.publish(NEWS, new Event(null, "x", null), null).await().channel())
                .isEqualTo(NEWS);
    }

    @Test
    void anAnnouncementCutAnywhereOrMixedUp_doesNoHarm() {
        Buffer good = new Announcement(
                        NEWS,
                        new Cursor.At(1, 2),
                        List.of(new NumberedFrame(2, new EventFrame(3, 1, 0, 2, 9, new Event(null, "x", null)))),
                        new Cursor.At(2, Frame.tag(2, 3)))
                .encode();
        String address = Wire.announcements("self");
        for (int length = 0; length < good.length(); length++) {
            vertx.eventBus().send(address, good.getBuffer(0, length));
        }
        Random random = new Random(20_261_122);
        for (int i = 0; i < 500; i++) {
            vertx.eventBus().send(address, mixedUp(good, random));
        }
        for (Object body : List.of("text", 4711, new JsonObject(), new JsonArray())) {
            vertx.eventBus().send(address, body);
        }
        Eventually.holds("refusals", Duration.ofSeconds(10), () -> refused() > good.length());
        assertThat(ask(Operation.TAIL, SHARD, new JsonArray().add(NEWS.value())))
                .isNull();
    }

    private void assertAnswered(Operation operation, Buffer body) {
        Throwable failure = ask(operation, SHARD, body);
        if (failure != null) {
            assertThat(failure)
                    .isInstanceOfSatisfying(
                            ReplyException.class,
                            refusal -> assertThat(refusal.failureType()).isEqualTo(ReplyFailure.RECIPIENT_FAILURE));
        }
    }

    private static Buffer mixedUp(Buffer good, Random random) {
        byte[] bytes = good.getBytes();
        for (int i = random.nextInt(6); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
        }
        return Buffer.buffer(bytes);
    }

    private static Submission.AppendRequest batch() {
        return new Submission.AppendRequest(NEWS, List.of(new Submission(1, 2, false, new Event(null, "x", null))));
    }

    private @Nullable Throwable ask(Operation operation, int shard, @Nullable Object body) {
        return failure(vertx.eventBus().request(Wire.node("self"), body, Wire.options(operation, "other", shard)));
    }

    private Throwable refusal(Operation operation, int shard, @Nullable Object body) {
        Throwable failure = Objects.requireNonNull(ask(operation, shard, body), "it was answered");
        assertThat(failure)
                .as("%s %s", operation, body)
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.BAD_REQUEST));
        return failure;
    }

    private static @Nullable Throwable failure(Future<?> asked) {
        return asked.<@Nullable Throwable>map(answered -> null)
                .otherwise(failure -> failure)
                .await();
    }

    private boolean isConsumed() {
        return !(failure(vertx.eventBus().request(NEWS.value(), "x")) instanceof ReplyException refused)
                || refused.failureType() != ReplyFailure.NO_HANDLERS;
    }

    private long refused() {
        return (long) meters.get("sse.node.messages.refused").counter().count();
    }
}
