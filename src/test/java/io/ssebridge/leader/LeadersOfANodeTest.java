package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.loop.LoopContexts;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.membership.SoleNode;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.OnContext;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The leaders on two event loops share the limits of their node. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class LeadersOfANodeTest {
    private static final int CHANNELS = 30;
    private static final int HISTORY_BYTES = 95_000;
    // Its history has 2,992 bytes: memory is scarce with 29 of them, and there is enough room with 25.
    private static final Event EVENT = new Event(null, "x".repeat(2_000), null);
    private static final Duration SWEEP = Duration.ofMillis(250);
    private static final String NODE = "node";

    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ChannelRules rules = Histories.rules(64, Duration.ofMinutes(10));
    private final SoleNode nodes = new SoleNode();
    private final SharedMaps maps = SharedMaps.local(clock);
    private final MemoryHistory history = new MemoryHistory(rules);
    private final RecordedAddresses addresses = new RecordedAddresses();
    private final LeaderLimits limits = LeaderLimits.of(rules, CHANNELS, HISTORY_BYTES, 2, meters);
    private final List<OnContext> owners = new ArrayList<>();
    private final List<Leader> leaders = new ArrayList<>();

    @BeforeEach
    void open(Vertx vertx) {
        for (Context context : LoopContexts.of(vertx, vertx.getOrCreateContext(), 2)) {
            owners.add(new OnContext(context));
            leaders.add(leader(vertx, context));
        }
    }

    private Leader leader(Vertx vertx, Context context) {
        Stores stores = TestStores.of(context, rules, history, maps, clock);
        return new Leader(
                vertx,
                context,
                nodes,
                rules,
                stores,
                new SplitBrainGuard(nodes, System::nanoTime),
                addresses,
                clock,
                limits,
                announcement -> {});
    }

    /** Takes different channels of an event loop, and their shards. */
    private List<ChannelName> channels(int loop, int count) {
        List<ChannelName> names = IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> new ChannelName("channel" + i))
                .filter(name -> Shards.of(name) % 2 == loop)
                .limit(count)
                .toList();
        names.forEach(name -> owners.get(loop).call(() -> leader(name).duties().take(Shards.of(name))));
        return names;
    }

    private Leader leader(ChannelName name) {
        return leaders.get(Shards.of(name) % 2);
    }

    private OnContext owner(ChannelName name) {
        return owners.get(Shards.of(name) % 2);
    }

    private void publish(ChannelName name) {
        publishNow(name);
        clock.pass(Duration.ofMillis(1));
    }

    private void publishNow(ChannelName name) {
        Submission submission = Submission.of(name, EVENT, null);
        owner(name).call(() -> leader(name).append(name, List.of(submission)));
    }

    private void publish(List<ChannelName> names) {
        names.forEach(this::publish);
    }

    private void sweep(int loop) {
        owners.get(loop).run(leaders.get(loop)::sweep);
    }

    private List<ChannelName> evicted(List<ChannelName> names) {
        return names.stream()
                .filter(name -> owner(name).call(() -> leader(name).tail(name)) instanceof Cursor.Start)
                .toList();
    }

    private Future<Cursor> attach(ChannelName name, String node) {
        return leader(name).attach(name, node);
    }

    /** A client subscribes to channels without events, and leaves. */
    private List<ChannelName> abandon(List<ChannelName> names) {
        for (ChannelName name : names) {
            owner(name).call(() -> attach(name, NODE));
            owner(name).run(() -> leader(name).detach(name, NODE));
        }
        return names;
    }

    private static int refusal(Throwable failure) {
        return ((ReplyException) failure).failureCode();
    }

    @Test
    void theHistoriesThatWereNotUsedForTheLongestTimeOnTheNode_makeRoom() {
        List<ChannelName> old = channels(1, 5);
        List<ChannelName> fresh = channels(0, 24);
        publish(old);
        publish(fresh);
        clock.pass(Duration.ofSeconds(10));

        sweep(0);
        assertThat(limits.histories().isScarce()).isTrue();
        sweep(1);
        sweep(0);

        assertThat(limits.histories().isEnough()).isTrue();
        assertThat(evicted(fresh)).isEmpty();
        assertThat(evicted(old)).containsExactlyElementsOf(old.subList(0, 4));
    }

    /** The first of them to make room ends the scarcity, and the other has histories that were not used for longer. */
    @Test
    void bothEventLoopsMakeRoom_untilThereIsEnough() {
        List<ChannelName> first = channels(0, 2);
        List<ChannelName> second = channels(1, 27);
        for (int i = 0; i < 2; i++) {
            publish(first.get(i));
            publish(second.get(i));
        }
        publish(second.subList(2, second.size()));
        clock.pass(Duration.ofSeconds(10));

        sweep(0);
        sweep(1);
        assertThat(limits.histories().isScarce()).isFalse();
        assertThat(limits.histories().isEnough()).isFalse();
        sweep(0);

        assertThat(limits.histories().isEnough()).isTrue();
        assertThat(evicted(first)).containsExactlyElementsOf(first);
        assertThat(evicted(second)).containsExactlyElementsOf(second.subList(0, 2));
    }

    @Test
    void ofHistoriesThatWereUsedAtTheSameTime_noMoreAreDestroyedThanMakeEnoughRoom() {
        List<ChannelName> own = channels(0, 29);
        own.forEach(this::publishNow);
        clock.pass(Duration.ofSeconds(10));

        sweep(1);
        sweep(0);

        assertThat(evicted(own)).hasSize(4);
    }

    @Test
    void historiesOfChannelsInUse_areNotDestroyed() {
        List<ChannelName> own = channels(0, 29);
        owners.get(0).call(() -> attach(own.get(0), NODE));
        publish(own);
        clock.pass(Duration.ofSeconds(9));
        sweep(1);
        sweep(0);
        assertThat(evicted(own)).isEmpty();

        clock.pass(Duration.ofSeconds(1));
        sweep(1);
        sweep(0);
        assertThat(evicted(own)).containsExactlyElementsOf(own.subList(1, 5));
    }

    @Test
    void whenThereIsEnoughRoom_noHistoryIsDestroyedUntilMemoryIsScarceAgain() {
        List<ChannelName> old = channels(1, 29);
        publish(old);
        clock.pass(Duration.ofSeconds(10));
        sweep(0);
        sweep(1);
        sweep(1);
        publish(channels(0, 1));

        assertThat(limits.histories().isEnough()).isFalse();
        sweep(1);
        assertThat(evicted(old)).hasSize(4);
    }

    @Test
    void aStalledEventLoop_doesNotKeepTheOtherFromMakingRoom() {
        publish(channels(1, 5));
        List<ChannelName> own = channels(0, 24);
        publish(own);
        clock.pass(Duration.ofSeconds(10));

        for (int i = 0; i < 4; i++) {
            sweep(0);
            clock.pass(SWEEP);
        }
        assertThat(evicted(own)).isEmpty();
        sweep(0);
        assertThat(evicted(own)).containsExactlyElementsOf(own.subList(0, 4));
    }

    @Test
    void aSilentChannelThatWasAbandonedOnTheOtherEventLoop_makesRoom() {
        List<ChannelName> abandoned = abandon(channels(1, CHANNELS));
        ChannelName name = channels(0, 1).get(0);

        owners.get(0).call(() -> attach(name, NODE));

        assertThat(limits.silent().channels()).isEqualTo(CHANNELS);
        assertThat(addresses.open())
                .containsExactlyInAnyOrderElementsOf(
                        Stream.concat(Stream.of(name), abandoned.stream().skip(1))
                                .toList());
    }

    @Test
    void twoRequestsForTheSameNewChannel_releaseOneChannel() {
        List<ChannelName> abandoned = abandon(channels(1, CHANNELS));
        ChannelName name = channels(0, 1).get(0);

        owners.get(0).call(() -> Future.all(attach(name, NODE), attach(name, "another")));

        assertThat(limits.silent().channels()).isEqualTo(CHANNELS);
        assertThat(addresses.open()).containsAll(abandoned.subList(1, CHANNELS)).doesNotContain(abandoned.get(0));
        assertThat(owners.get(0).get(leaders.get(0)::attached)).containsOnlyKeys(name);
    }

    @Test
    void channelsWithSubscribersOnTheOtherEventLoop_makeNoRoom() {
        List<ChannelName> kept = channels(1, CHANNELS);
        kept.forEach(each -> owners.get(1).call(() -> attach(each, NODE)));
        ChannelName name = channels(0, 1).get(0);

        int refused = owners.get(0)
                .call(() -> attach(name, NODE).map(0).recover(failure -> Future.succeededFuture(refusal(failure))));

        assertThat(refused).isEqualTo(Refusals.TOO_MANY);
        assertThat(limits.silent().channels()).isEqualTo(CHANNELS);
        assertThat(addresses.open()).containsExactlyInAnyOrderElementsOf(kept);
    }

    @Test
    void aChannelWithAShardThatIsReleasedMeanwhile_givesItsRoomBack() {
        var unused = abandon(channels(1, CHANNELS));
        ChannelName name = channels(0, 1).get(0);

        Promise<Void> answered = Promise.promise();
        addresses.answerWhen(answered.future());

        int refused = owners.get(0).call(() -> {
            Future<Void> released = leaders.get(0).duties().release(Shards.of(name));
            Future<Integer> opened =
                    attach(name, NODE).map(0).recover(failure -> Future.succeededFuture(refusal(failure)));
            answered.complete();
            return released.compose(done -> opened);
        });

        assertThat(refused).isEqualTo(Refusals.MISDIRECTED);
        assertThat(limits.silent().channels()).isEqualTo(CHANNELS - 1);
        assertThat(addresses.open()).doesNotContain(name);
    }

    @Test
    void aNodeThatDetachesWhileItsChannelWaitsForRoom_isNotAttached() {
        var unused = abandon(channels(1, CHANNELS));
        ChannelName name = channels(0, 1).get(0);

        owners.get(0).call(() -> {
            Future<Cursor> attached = attach(name, NODE);
            leaders.get(0).detach(name, NODE);
            return attached;
        });
        owners.get(0).settle();

        assertThat(addresses.open()).contains(name);
        assertThat(owners.get(0).get(leaders.get(0)::attached)).isEmpty();
    }
}
