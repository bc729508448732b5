package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.loop.LoopContexts;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Channels of two event loops. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class NodeHubsTest {
    private static final ChannelName NEWS = new ChannelName("news");
    private static final ChannelName SCORES = new ChannelName("scores");
    private static final ChannelName BROKEN = new ChannelName("broken");

    private final OnContext owner;
    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ChannelRules rules = Histories.rules(64, Duration.ofMinutes(10));
    private final HistoryReader reader = new HistoryReader(new MemoryHistory(rules), rules, clock);
    private final ChannelRoom room = new ChannelRoom(rules, 2);
    private final Map<ChannelName, Cursor> tails = Map.of(NEWS, new Cursor.Start(1), SCORES, new Cursor.Start(2));
    private final List<Context> contexts;
    private final Hubs first;
    private final Hubs second;
    private final NodeHubs hubs;
    private final LoopAudiences loop;

    NodeHubsTest(Vertx vertx) {
        Context context = vertx.getOrCreateContext();
        owner = new OnContext(context);
        contexts = LoopContexts.of(vertx, context, 2);
        first = hubs(contexts.get(0));
        second = hubs(contexts.get(1));
        hubs = new NodeHubs(List.of(first, second), this::hubsOf);
        loop = new LoopAudiences(
                context,
                rules,
                reader,
                StreamOptions.DEFAULT,
                clock,
                new StalledStreams(context, new StalledBytes(1 << 20, meters)),
                meters);
    }

    private Hubs hubsOf(ChannelName channel) {
        return channel.equals(NEWS) ? first : second;
    }

    private Hubs hubs(Context of) {
        return new Hubs(
                new Owner(of),
                new Leader(),
                reader,
                StreamOptions.DEFAULT,
                room,
                clock,
                meters,
                new ChannelMeters(rules, meters));
    }

    private final class Leader implements Feed {
        @Override
        public Future<Cursor> attach(ChannelName channel) {
            Cursor tail = tails.get(channel);
            return tail == null ? Future.failedFuture("no leader") : Future.succeededFuture(tail);
        }

        @Override
        public void detach(ChannelName channel) {}
    }

    @Test
    void channelsOfBothEventLoops_areJoinedInTheirOrder_andLeft() {
        assertThat(owner.call(() -> hubs.join(List.of(SCORES, NEWS), loop)))
                .containsExactly(new Cursor.Start(2), new Cursor.Start(1));
        assertThat(owner.call(() -> hubs.channels())).containsExactlyInAnyOrder(NEWS, SCORES);
        assertThat(owner.call(() -> hubs.notLive(List.of(NEWS, BROKEN, SCORES))))
                .containsExactly(BROKEN);
        assertThat(owner.call(() -> hubs.subscribers(SCORES))).isOne();

        hubs.leave(List.of(SCORES, NEWS), loop);
        awaitNothingJoined();
    }

    @Test
    void aChannelThatCannotBeJoined_leavesNoChannelOfTheOtherEventLoopJoined() {
        assertThatThrownBy(() -> owner.call(() -> hubs.join(List.of(NEWS, BROKEN), loop)))
                .hasMessageContaining("no leader");
        awaitNothingJoined();
    }

    @Test
    void theRoomForChannels_isThatOfBothEventLoopsTogether() {
        owner.call(() -> hubs.join(List.of(NEWS, SCORES), loop));
        assertThatThrownBy(() -> owner.call(() -> hubs.join(List.of(BROKEN), loop)))
                .hasMessageContaining("limits.channels: 2 channels are live here");
    }

    @Test
    void aCallOnAnotherEventLoop_failsWithAnAssertion() {
        owner.run(() -> {});
        new OnContext(contexts.get(1)).run(() -> {});
        OnContext other = new OnContext(contexts.get(1));
        Cursor tail = Objects.requireNonNull(tails.get(NEWS));
        for (Runnable call : List.<Runnable>of(
                () -> {
                    var unused = first.channels();
                },
                () -> {
                    var unused = first.subscribers(NEWS);
                },
                () -> first.announced(NEWS, tail, List.of(), tail),
                () -> first.reach(List.of(NEWS), List.of(tail)))) {
            assertThatThrownBy(() -> other.run(call)).hasCauseInstanceOf(AssertionError.class);
        }
    }

    private void awaitNothingJoined() {
        Eventually.holds(
                "no live channel",
                Duration.ofSeconds(5),
                () -> owner.call(() -> hubs.channels()).isEmpty());
        assertThat(room.channels()).isZero();
    }
}
