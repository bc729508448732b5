package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.bus.Wire.Operation;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.Frame;
import io.ssebridge.hub.Audiences;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.FaultyHistory;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node without others, and what it keeps to. */
@Timeout(60)
class BusNodeTest {
    private static final ChannelName NEWS = new ChannelName("news");
    private static final int MAX_CHANNELS = 3;

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final OnContext owner = new OnContext(context);
    private final FakeClock clock = new FakeClock();
    private final ChannelRules rules = Histories.rules(64, Duration.ofMinutes(10));
    private final FaultyHistory history = new FaultyHistory(rules);
    private final NodesAsTold nodes = new NodesAsTold("self");
    private final BusNode node = open();
    private final Audiences loop = new Audiences(context, rules, node.history(), clock);

    private BusNode open() {
        nodes.see(Set.of("self"), Set.of("self"));
        LimitOptions limits = new LimitOptions(0, 10, MAX_CHANNELS, 0, 1_000_000, 1_000, 64 << 20, 64 << 20, 64);
        return owner.call(() -> BusNode.open(vertx, nodes, rules, limits, history, clock, new SimpleMeterRegistry()));
    }

    @AfterEach
    void close() {
        vertx.close().await();
    }

    @Test
    void afterAMerge_subscribersStandWhereTheHistoryIs() {
        publish(NEWS);
        publish(NEWS);
        assertThat(join(NEWS)).isInstanceOf(Cursor.At.class);
        owner.run(() -> {
            history.lose();
            Histories.append(history.kept(), NEWS, clock.millis(), 101, 102, 103, 104);
        });

        nodes.merge();
        Eventually.see(
                "the history of the others",
                Duration.ofSeconds(3),
                () -> join(NEWS),
                new Cursor.At(4, Frame.tag(104))::equals);
    }

    @Test
    void aNodeThatHasLostMostOfTheOthers_acknowledgesNothing() {
        begin(NEWS, "key").await();
        see(Set.of("self", "a", "b", "c", "d"));
        see(Set.of("self"));

        assertThatThrownBy(() -> begin(NEWS).await(5, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.UNAVAILABLE))
                .hasMessageContaining("waits for the cluster to confirm it");
        // Nor what it takes for kept: the others may have another history.
        assertThatThrownBy(() -> begin(NEWS, "key").await(5, TimeUnit.SECONDS))
                .hasMessageContaining("waits for the cluster to confirm it");
    }

    @Test
    void whatIsUnderWayWhenMostOfTheOthersAreLost_isNotAcknowledged() {
        see(Set.of("self", "a", "b"));
        // It leads all of them, and the others still count.
        nodes.see(Set.of("self"), Set.of("self", "a", "b"));
        publish(NEWS);
        Promise<Void> gate = owner.get(history::holdNextAnswer);
        Future<Published> underWay = begin(NEWS);
        Eventually.holds(
                "the append", Duration.ofSeconds(3), () -> history.batches().size() == 2);
        owner.run(() -> nodes.whenLookedAt(() -> {
            nodes.see(Set.of("self"), Set.of("self"));
            return vertx.timer(1).mapEmpty();
        }));
        owner.run(gate::complete);

        assertThatThrownBy(() -> underWay.await(5, TimeUnit.SECONDS))
                .hasMessageContaining("waits for the cluster to confirm it");
    }

    /** One that was frozen would take the word of a node that has just given it up. */
    @Test
    void onlyWhoIsAMember_isToldSo() {
        vertx.eventBus().consumer(Wire.node("a"), message -> message.reply(null));
        see(Set.of("self", "a"));
        assertThat(ping("a").succeeded()).isTrue();
        see(Set.of("self"));

        assertThat(ping("a").cause()).hasMessageContaining("no member of this cluster");
    }

    private Future<?> ping(String asker) {
        Future<Object> answered = vertx.eventBus()
                .request(Wire.node("self"), null, Wire.options(Operation.PING, asker, 0))
                .mapEmpty();
        Eventually.holds("an answer", Duration.ofSeconds(3), answered::isComplete);
        return answered;
    }

    @Test
    void moreChannelsThanAreAllowed_areNotLed() {
        IntStream.range(0, MAX_CHANNELS).forEach(i -> publish(new ChannelName("channel" + i)));

        assertThatThrownBy(() -> publish(NEWS)).hasMessageContaining("limits.channels");
    }

    @Test
    void moreChannelsThanAreAllowed_areNotLive() {
        // They are led by others here, so that only what is live counts.
        List<ChannelName> channels = IntStream.rangeClosed(0, MAX_CHANNELS)
                .mapToObj(i -> new ChannelName("channel" + i))
                .toList();

        assertThatThrownBy(() -> owner.call(() -> node.hubs().join(channels, loop)))
                .hasMessageContaining("channels are live here");
    }

    @Test
    void moreEventsThanMayWaitForALeader_areRefused() {
        publish(NEWS);
        Promise<Void> gate = owner.get(history::holdNextAppend);
        List<Future<Published>> waiting = new ArrayList<>();
        IntStream.rangeClosed(0, 10_000).forEach(i -> waiting.add(begin(NEWS)));

        assertThatThrownBy(() -> begin(NEWS).await(5, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.TOO_MANY));
        owner.run(gate::complete);
        assertThat(Future.all(waiting).await().succeeded()).isTrue();
    }

    private void see(Set<String> present) {
        nodes.see(present, present);
        owner.run(() -> {});
    }

    private void publish(ChannelName channel) {
        assertThat(begin(channel).await().channel()).isEqualTo(channel);
    }

    private Future<Published> begin(ChannelName channel) {
        return begin(channel, null);
    }

    private Future<Published> begin(ChannelName channel, @Nullable String key) {
        return node.publish(channel, new Event(null, "x", null), key);
    }

    private Cursor join(ChannelName channel) {
        return owner.call(() -> node.hubs().join(List.of(channel), loop)).get(0);
    }
}
