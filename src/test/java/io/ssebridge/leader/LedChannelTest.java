package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.GenesisFrame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.Replay;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.membership.SharedMap;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.FaultyHistory;
import io.ssebridge.testing.FullReading;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.OnContext;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.AppendReceipt;
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
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(60)
class LedChannelTest {
    private static final ChannelName NEWS = new ChannelName("news");
    private static final Duration TTL = Duration.ofMinutes(10);

    private final Vertx vertx;
    private final OnContext owner;
    private final LoopThread thread;
    private final FakeClock clock = new FakeClock();
    private final List<Announcement> announced = new ArrayList<>();
    private final SharedMaps maps = SharedMaps.local(clock);
    private final IdempotencyKeys keys = new IdempotencyKeys(maps);
    private final PublishBudget budget = new PublishBudget(64 << 20);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AppendMeters appends = new AppendMeters(meters, new ChannelMeters(Histories.rules(64, TTL), meters));
    private RecentUids recent;
    private Future<Void> confirmed = Future.succeededFuture();
    private FaultyHistory history;
    private HistoryReader reader;
    private LedChannel channel;

    LedChannelTest(Vertx vertx) {
        this.vertx = vertx;
        Context context = vertx.getOrCreateContext();
        owner = new OnContext(context);
        thread = new LoopThread(context);
        recent = new RecentUids(thread, new DedupRoom(1 << 20, 1, meters), clock);
        keep(64);
    }

    private void keep(int size) {
        ChannelRules rules = Histories.rules(size, TTL);
        history = new FaultyHistory(rules);
        reader = new HistoryReader(history, rules, clock);
        channel = led(size);
    }

    /** Another node may have led before; only the cluster's maps and histories are left. */
    private LedChannel another(int size) {
        recent = new RecentUids(thread, new DedupRoom(1 << 20, 1, meters), clock);
        return led(size);
    }

    private LedChannel led(int size) {
        return new LedChannel(
                thread,
                vertx,
                NEWS,
                size,
                new HistoryRoom(1 << 30, 1, meters),
                new Stores(history, reader, new ChannelDirectory(maps.channels()), keys, recent, budget, appends),
                () -> confirmed,
                (attached, announcement) -> announced.add(announcement),
                clock);
    }

    @Test
    void aCallOnAnotherThread_failsWithAnAssertion() {
        load();
        Submission submission = new Submission(1, 1, false, new Event(null, "text", null));
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> channel.append(List.of(submission)),
                () -> channel.certainTail(),
                () -> channel.forget(false),
                () -> channel.quiet(),
                channel::doubt,
                channel::tail,
                channel::attached,
                channel::announceTail,
                () -> channel.repeatTail(0),
                () -> channel.checkAttached(0))) {
            assertThatThrownBy(call).isInstanceOf(AssertionError.class);
        }
    }

    @Test
    void theFirstEvent_comesAfterAGenesisFrame() {
        load();
        Cursor.At cursor = append(1);

        assertThat(cursor).isEqualTo(at(1, 1));
        assertThat(history.read(NEWS, 0, 1).await().get(0).frame()).isInstanceOf(GenesisFrame.class);
        assertThat(announced)
                .containsExactly(new Announcement(
                        NEWS,
                        new Cursor.Start(clock.millis()),
                        history.read(NEWS, 1, 1).await(),
                        cursor));
    }

    @Test
    void events_areAppendedAndAnnouncedInOrder() {
        load();
        LongStream.rangeClosed(1, 20).forEach(uid -> assertThat(append(uid)).isEqualTo(at(uid, uid)));

        assertThat(announcedUids()).containsExactlyElementsOf(uids(1, 20));
        assertChained();
        assertVisibleInOrder(uids(1, 20));
    }

    @Test
    void afterTheEndOfTheChannel_nothingIsAppended_alsoByTheNextLeader() {
        load();
        append(1);
        Cursor.At end = OnContext.await(begin(ending(2))).cursor();

        assertThat(end.isEnd()).isTrue();
        assertThat(refused(begin(3))).isEqualTo(Refusals.ENDED);
        channel = another(0);
        load();
        assertThat(refused(begin(4))).isEqualTo(Refusals.ENDED);
        assertThat(OnContext.await(begin(ending(2))).cursor()).isEqualTo(end);
        assertVisibleInOrder(uids(1, 2));

        clock.pass(TTL.plusMillis(1));
        assertThat(append(5).sequence()).isEqualTo(end.sequence() + 1);
    }

    private static int refused(CompletableFuture<AppendReceipt> answer) {
        Throwable failure = catchThrowable(() -> answer.get(20, TimeUnit.SECONDS));
        return failure.getCause() instanceof ReplyException refusal ? refusal.failureCode() : 0;
    }

    @Test
    void nothingIsAnsweredOrAnnounced_beforeTheHistoryHasAcknowledgedIt() {
        load();
        append(1);
        announced.clear();
        Promise<Void> gate = history.holdNextAnswer();
        CompletableFuture<AppendReceipt> second = begin(2);

        owner.run(() -> {});
        assertThat(second).isNotDone();
        assertThat(announced).isEmpty();
        assertThat(owner.get(channel::tail)).isEqualTo(at(1, 1));

        owner.run(gate::complete);
        assertThat(OnContext.await(second).cursor()).isEqualTo(at(2, 2));
        assertThat(announcedUids()).containsExactly(2L);
    }

    @Test
    void anEventAppendedByANodeThatMayNotAcknowledge_isNeitherAnsweredNorAnnounced() {
        load();
        append(1);
        announced.clear();
        Promise<Void> gate = history.holdNextAnswer();
        CompletableFuture<AppendReceipt> second = begin(2);
        owner.run(() -> confirmed = SplitBrainGuard.refused());
        owner.run(gate::complete);

        assertThatThrownBy(() -> OnContext.await(second)).hasMessageContaining("waits for the cluster");
        assertThat(announced).isEmpty();

        owner.run(() -> confirmed = Future.succeededFuture());
        assertThat(append(2)).isEqualTo(at(2, 2));
        assertVisibleInOrder(uids(1, 2));
    }

    @Test
    void aNodeThatMayNotAcknowledge_appendsNothing() {
        load();
        append(1);
        owner.run(() -> confirmed = SplitBrainGuard.refused());

        assertThatThrownBy(() -> append(2)).hasMessageContaining("waits for the cluster");
        assertVisibleInOrder(uids(1, 1));
    }

    @Test
    void eventsThatComeDuringAnAppend_goIntoTheNext_atMost64AndAQuarterOfTheCapacity() {
        for (int size : new int[] {16, 64, 1_000}) {
            clearMaps();
            keep(size);
            int most = Math.min(64, size / 4);
            load();
            append(1);
            Promise<Void> gate = history.holdNextAppend();
            List<CompletableFuture<AppendReceipt>> receipts = beginAll(2, 200);
            owner.run(gate::complete);
            receipts.forEach(OnContext::await);

            // The first batch has a genesis frame too.
            assertThat(history.batches().subList(1, history.batches().size()))
                    .startsWith(1, most)
                    .allMatch(count -> count <= most);
            assertThat(receipts)
                    .extracting(receipt -> receipt.join().cursor().sequence())
                    .containsExactlyElementsOf(uids(2, 200));
        }
    }

    @Test
    void asManyAsMayWait_areAllAppended() {
        keep(16);
        load();
        Promise<Void> gate = history.holdNextAppend();
        Event event = new Event(null, "", null);
        List<CompletableFuture<AppendReceipt>> receipts = LongStream.rangeClosed(1, 10_000)
                .mapToObj(uid -> owner.begin(() -> channel.append(List.of(new Submission(uid, uid, false, event)))
                        .map(all -> all.get(0))))
                .toList();
        owner.run(gate::complete);
        receipts.forEach(OnContext::await);

        assertThat(receipts.get(9_999).join().cursor()).isEqualTo(at(10_000, 10_000));
        assertChained();
    }

    @Test
    void moreThanMayWait_areRefused() {
        load();
        append(1);
        Promise<Void> gate = history.holdNextAppend();
        beginAll(2, 10_002);

        assertThatThrownBy(() -> append(20_000)).hasMessageContaining("too many");
        owner.run(gate::complete);
    }

    @Test
    void aBatchThatDoesNotFit_isRefusedAsAWhole_andOneThatHasComeBeforeIsNot() {
        load();
        append(1);
        Promise<Void> gate = history.holdNextAppend();
        CompletableFuture<List<AppendReceipt>> first = owner.begin(() -> channel.append(batch(2, 10_001)));
        CompletableFuture<List<AppendReceipt>> again = owner.begin(() -> channel.append(batch(2, 65)));

        assertThatThrownBy(() -> OnContext.await(owner.begin(() -> channel.append(batch(9_990, 10_100)))))
                .hasMessageContaining("too many");
        owner.run(gate::complete);
        OnContext.await(first);
        assertThat(OnContext.await(again)).hasSize(64);
        assertThat(owner.get(channel::tail)).isEqualTo(at(10_001, 10_001));
    }

    @Test
    void waitingEventsOfAllChannelsOfTheNode_areBounded() {
        owner.run(() -> budget.add(63 << 20));
        load();
        append(1);
        Promise<Void> gate = history.holdNextAppend();
        List<CompletableFuture<AppendReceipt>> receipts = beginAll(2, 500);

        assertThatThrownBy(() -> OnContext.await(owner.begin(() -> channel.append(batch(1_000, 2_000)))))
                .hasMessageContaining("too many");
        owner.run(gate::complete);
        receipts.forEach(OnContext::await);
        assertThat(owner.call(() -> channel.append(batch(1_000, 2_000)))).hasSize(1_001);
        assertThat(budget.bytes()).isEqualTo(63 << 20);
    }

    private static List<Submission> batch(long first, long last) {
        return LongStream.rangeClosed(first, last)
                .mapToObj(LedChannelTest::submission)
                .toList();
    }

    @Test
    void quiet_waitsForAllThatHasCome() {
        load();
        append(1);
        Promise<Void> gate = history.holdNextAppend();
        List<CompletableFuture<AppendReceipt>> receipts = beginAll(2, 100);
        CompletableFuture<Void> quiet = owner.begin(channel::quiet);
        Promise<Void> last = owner.get(() -> {
            for (int i = 0; i < 6; i++) {
                history.nextAppend(append -> append.get());
            }
            return history.holdNextAnswer();
        });
        owner.run(gate::complete);
        OnContext.await(receipts.get(60));
        assertThat(quiet).isNotDone();

        owner.run(last::complete);
        OnContext.await(quiet);
        assertThat(receipts).allMatch(receipt -> receipt.isDone() && !receipt.isCompletedExceptionally());
    }

    @Test
    void anotherLeaderInBetween_isNotPassedOver() {
        load();
        append(1);
        history.beforeNextAppend(() -> Histories.append(history.kept(), NEWS, clock.millis(), 100, 101));

        assertThat(append(2)).isEqualTo(at(4, 2));
        assertVisibleInOrder(List.of(1L, 100L, 101L, 2L));
        assertThat(owner.get(channel::tail)).isEqualTo(at(4, 2));
        assertThat(append(3)).isEqualTo(at(5, 3));
        assertNothingIsSkipped();
    }

    /** Events with keys were doubled at a change of leader: a publisher that had asked the other leader retried here. */
    @Test
    void anEventThatAnotherLeaderHasAppendedInBetween_isNotAppendedAgain_whenItsPublisherComes() {
        load();
        append(1);
        Promise<Void> gate = Promise.promise();
        history.nextAppend(append -> gate.future().compose(open -> {
            Histories.append(history.kept(), NEWS, clock.millis(), 100, 101);
            return append.get();
        }));
        CompletableFuture<AppendReceipt> second = begin(2);
        CompletableFuture<AppendReceipt> inLine = begin(100);
        owner.run(gate::complete);

        assertThat(OnContext.await(second)).isEqualTo(new AppendReceipt(at(4, 2), false));
        assertThat(OnContext.await(inLine)).isEqualTo(new AppendReceipt(at(2, 100), true));
        assertThat(OnContext.await(begin(101))).isEqualTo(new AppendReceipt(at(3, 101), true));
        assertVisibleInOrder(List.of(1L, 100L, 101L, 2L));
    }

    @Test
    void framesOfAnotherLeader_ofWhichSomeAreEvicted_areNotAnnouncedAsIfComplete() {
        load();
        Cursor.At first = append(1);
        announced.clear();
        history.beforeNextAppend(() -> LongStream.rangeClosed(100, 300)
                .forEach(uid -> Histories.append(history.kept(), NEWS, clock.millis(), uid)));
        append(2);

        assertThat(announced).noneMatch(each -> each.from().equals(first));
        assertThat(announced).last().extracting(Announcement::tail).isEqualTo(at(203, 2));
    }

    @Test
    void moreFramesOfAnotherLeaderThanOneReadBrings_doNotHideOurOwn() {
        keep(5_000);
        load();
        append(1);
        history.beforeNextAppend(() -> LongStream.rangeClosed(2_000, 4_499)
                .forEach(uid -> Histories.append(history.kept(), NEWS, clock.millis(), uid)));

        assertThat(append(2)).isEqualTo(at(2_502, 2));
    }

    @Test
    void anAppendThatFailed_isMadeAgain() {
        load();
        append(1);
        history.failNextAppend();
        history.failNextAppend();

        assertThat(append(2)).isEqualTo(at(2, 2));
        assertVisibleInOrder(List.of(1L, 2L));
        assertChained();
    }

    @Test
    void anAppendWithALostAnswer_isSeenOnce_andItsPublisherGetsTheReceipt() {
        load();
        append(1);
        history.loseNextAnswer();
        history.loseNextAnswer();

        assertThat(append(2)).isEqualTo(at(2, 2));
        assertThat(history.extent(NEWS).await().tail()).isEqualTo(4);
        assertThat(append(3)).isEqualTo(at(5, 3));
        assertVisibleInOrder(List.of(1L, 2L, 3L));
        assertNothingIsSkipped();
    }

    /** As when the owner is frozen before its backup has it, and the cluster goes on without it. */
    @Test
    void anAnswerThatComesLate_doesNotCount_sinceThereMayBeNoBackup() {
        load();
        append(1);
        history.nextAppend(append -> {
            clock.pass(Duration.ofSeconds(5));
            return Future.succeededFuture(2L);
        });

        assertThat(append(2)).isEqualTo(at(2, 2));
        assertVisibleInOrder(List.of(1L, 2L));
    }

    @Test
    void anAppendWithALateAnswer_isSeenOnce() {
        load();
        append(1);
        history.nextAppend(append -> {
            clock.pass(Duration.ofSeconds(5));
            return append.get();
        });

        assertThat(append(2)).isEqualTo(at(2, 2));
        assertThat(append(3)).isEqualTo(at(4, 3));
        assertVisibleInOrder(List.of(1L, 2L, 3L));
    }

    @Test
    void theFirstAppend_withALostAnswer_isSeenOnce() {
        load();
        history.loseNextAnswer();

        assertThat(append(1)).isEqualTo(at(1, 1));
        assertVisibleInOrder(List.of(1L));
    }

    @Test
    void anAppendThatNeverSucceeds_isGivenUp_andTheNextGoesOn() {
        load();
        append(1);
        history.nextAppend(append -> {
            clock.pass(Duration.ofSeconds(11));
            return Future.failedFuture("no");
        });

        assertThatThrownBy(() -> append(2)).hasMessageContaining("not kept");
        assertThat(append(2)).isEqualTo(at(2, 2));
        assertVisibleInOrder(List.of(1L, 2L));
    }

    @Test
    void anAppendThatWasGivenUpButIsThere_isFoundByARetry_howeverManyComeBefore() {
        load();
        append(1);
        history.nextAppend(append -> append.get().compose(first -> {
            clock.pass(Duration.ofSeconds(11));
            return Future.failedFuture("applied, not answered");
        }));
        assertThatThrownBy(() -> append(2)).hasMessageContaining("not kept");

        List<CompletableFuture<AppendReceipt>> others = beginAll(100, 160);
        CompletableFuture<AppendReceipt> again = begin(2);
        others.forEach(OnContext::await);

        assertThat(OnContext.await(again)).isEqualTo(new AppendReceipt(at(2, 2), true));
        assertThat(visible()).startsWith(1L, 2L, 100L).endsWith(160L).doesNotHaveDuplicates();
        assertThat(owner.get(channel::tail)).isEqualTo(at(63, 160));
    }

    @Test
    void anAppendThatWasMadeManyTimesAndGivenUp_isFoundByARetry() {
        keep(1_000);
        load();
        append(1);
        Promise<Void> gate = history.holdNextAnswer();
        CompletableFuture<AppendReceipt> first = begin(2);
        owner.run(() -> {
            for (int i = 0; i < 3; i++) {
                history.loseNextAnswer();
            }
            history.nextAppend(append -> append.get().compose(done -> {
                clock.pass(Duration.ofSeconds(11));
                return Future.failedFuture("applied, not answered");
            }));
        });
        List<CompletableFuture<AppendReceipt>> batch = beginAll(100, 163);
        owner.run(gate::complete);
        OnContext.await(first);
        batch.forEach(
                receipt -> assertThatThrownBy(() -> OnContext.await(receipt)).hasMessageContaining("not kept"));
        List<CompletableFuture<AppendReceipt>> again = beginAll(100, 163);

        for (int i = 0; i < 64; i++) {
            assertThat(OnContext.await(again.get(i)).cursor()).isEqualTo(at(3 + i, 100 + i));
        }
        assertThat(visible()).doesNotHaveDuplicates();
    }

    @Test
    void aHistoryRebornUnderTheLeader_beginsWithAGenesisFrame_andIsNotAnnouncedAsIfItFollowed() {
        load();
        append(1);
        Cursor.At last = append(2);
        announced.clear();
        history.lose();

        // Void at 0, genesis at 1.
        assertThat(append(3)).isEqualTo(at(2, 3));
        assertThat(append(4)).isEqualTo(at(3, 4));
        assertVisibleInOrder(List.of(3L, 4L));
        assertNothingIsSkipped();
        // Otherwise subscribers would not be told that 1 and 2 may come again: their sequences went with the history.
        assertThat(announced).noneMatch(each -> each.from().equals(last));
    }

    @Test
    void aHistoryRebornByAnotherLeader_isNotAnnouncedAsIfItFollowed() {
        load();
        append(1);
        append(2);
        Cursor.At last = append(3);
        announced.clear();
        history.lose();
        Histories.append(history.kept(), NEWS, clock.millis(), 100);

        // Genesis and the other leader's event at 0 and 1, void at 2, genesis at 3.
        assertThat(append(4)).isEqualTo(at(4, 4));
        assertVisibleInOrder(List.of(100L, 4L));
        assertThat(announced).noneMatch(each -> each.from().equals(last));
    }

    @Test
    void unannouncedFramesOfALeaderBefore_areFoundByTheNext() {
        load();
        append(1);
        Histories.append(history.kept(), NEWS, clock.millis(), 2, 3);
        channel = led(64);
        load();

        assertThat(owner.get(channel::tail)).isEqualTo(at(3, 3));
        assertThat(append(2)).isEqualTo(at(2, 2));
        assertThat(append(3)).isEqualTo(at(3, 3));
        assertThat(append(4)).isEqualTo(at(4, 4));
        assertVisibleInOrder(uids(1, 4));
    }

    @Test
    void aHistoryThatIsLostWhenItIsLoaded_isNotTakenForTheFirstLife() {
        load();
        append(1);
        long before = clock.millis();
        history.lose();
        clock.pass(Duration.ofSeconds(5));
        channel = led(64);
        load();

        assertThat(owner.get(channel::tail)).isEqualTo(new Cursor.Start(clock.millis()));
        append(2);
        assertThat(reader.resume(NEWS, new Cursor.Start(before), at(1, 2))
                        .await()
                        .reset())
                .isPresent();
    }

    @Test
    void anEventOfAReplacedHistoryOnly_isAppendedWhenItComesAgain() {
        load();
        append(1);
        append(2);
        replaceHistory(100, 101, 102);
        clearKeys();
        owner.run(channel::doubt);

        assertThat(OnContext.await(begin(2))).isEqualTo(new AppendReceipt(at(4, 2), false));
        assertThat(OnContext.await(begin(101))).isEqualTo(new AppendReceipt(at(2, 101), true));
        assertVisibleInOrder(List.of(100L, 101L, 102L, 2L));
    }

    @Test
    void anEventInFlightWhileItsHistoryWasReplaced_isAppendedWhenItComesAgain() {
        load();
        append(1);
        Promise<Void> gate = history.holdNextAnswer();
        CompletableFuture<AppendReceipt> inFlight = begin(2);
        CompletableFuture<AppendReceipt> inLine = begin(3);
        owner.run(() -> {
            replaceHistory(100, 101, 102);
            channel.doubt();
        });
        CompletableFuture<AppendReceipt> with = begin(3);
        owner.run(gate::complete);
        OnContext.await(inFlight);

        assertThat(OnContext.await(inLine).cursor())
                .isEqualTo(at(4, 3))
                .isEqualTo(OnContext.await(with).cursor());
        clearKeys();
        assertThat(OnContext.await(begin(2))).isEqualTo(new AppendReceipt(at(5, 2), false));
        assertVisibleInOrder(List.of(100L, 101L, 102L, 3L, 2L));
    }

    @Test
    void keysOfAReplacingHistory_areKnown_howeverLongThisNodeHasLed() {
        keep(1_000);
        load();
        append(1);
        clock.pass(IdempotencyKeys.WINDOW.plusSeconds(1));
        replaceHistory(LongStream.rangeClosed(100, 499).toArray());
        owner.call(() -> keys.keep(NEWS, history.read(NEWS, 1, 1).result()));
        owner.run(channel::doubt);

        assertThat(OnContext.await(begin(100))).isEqualTo(new AppendReceipt(at(1, 100), true));
        assertThat(append(2)).isEqualTo(at(401, 2));
    }

    @Test
    void aHistoryReplacedWhileItIsLookedAt_isLookedAtAgain() {
        load();
        append(1);
        Promise<Void> gate = Promise.promise();
        CompletableFuture<Cursor> first = owner.begin(() -> {
            history.nextRead(read -> {
                Future<List<NumberedFrame>> found = read.get();
                return gate.future().compose(open -> found);
            });
            channel.doubt();
            return channel.certainTail();
        });
        owner.run(() -> {
            replaceHistory(100, 101, 102);
            channel.doubt();
            gate.complete();
        });
        OnContext.await(first);

        assertThat(owner.call(channel::certainTail)).isEqualTo(at(3, 102));
    }

    @Test
    void theSameEventAgain_before_during_andAfterItsAppend_isAppendedOnce() {
        load();
        append(1);
        Promise<Void> gate = history.holdNextAnswer();
        List<CompletableFuture<AppendReceipt>> receipts = new ArrayList<>();
        receipts.add(begin(2));
        receipts.add(begin(2));
        receipts.add(begin(3));
        receipts.add(begin(3));
        owner.run(gate::complete);
        receipts.forEach(OnContext::await);
        receipts.add(begin(2));
        receipts.add(begin(3));

        assertThat(receipts)
                .extracting(receipt -> OnContext.await(receipt).cursor())
                .containsExactly(at(2, 2), at(2, 2), at(3, 3), at(3, 3), at(2, 2), at(3, 3));
        assertVisibleInOrder(uids(1, 3));
    }

    @Test
    void aKeyThatComesAgainWithinItsWindow_isTheSameEvent_andAfterItAnother() {
        load();
        assertThat(append(1)).isEqualTo(at(1, 1));
        clock.pass(Duration.ofSeconds(299));
        assertThat(append(1)).isEqualTo(at(1, 1));
        clock.pass(Duration.ofSeconds(2));
        append(2);

        assertThat(append(1)).isEqualTo(at(3, 1));
    }

    /** A new event with an old key was answered as kept after 320 s, and never delivered: nothing came in between. */
    @Test
    void aKeyThatComesAgainAfterItsWindow_isAnotherEvent_onAQuietChannelToo() {
        load();
        append(1);
        clock.pass(IdempotencyKeys.WINDOW.minusSeconds(1));
        assertThat(append(1)).isEqualTo(at(1, 1));
        clock.pass(Duration.ofSeconds(1));

        assertThat(append(1)).isEqualTo(at(2, 1));
        // With another base it is not a duplicate of the frame there.
        assertVisibleInOrder(List.of(1L, 1L));
        assertThat(announcedUids()).containsExactly(1L, 1L);
    }

    @Test
    void theWindowOfAKey_isTheSameForTheNextLeader() {
        load();
        append(1);
        clock.pass(IdempotencyKeys.WINDOW.minusSeconds(1));
        channel = another(64);
        load();
        assertThat(OnContext.await(begin(1))).isEqualTo(new AppendReceipt(at(1, 1), true));
        clock.pass(Duration.ofSeconds(1));

        assertThat(OnContext.await(begin(1))).isEqualTo(new AppendReceipt(at(2, 1), false));
    }

    @Test
    void theWindowOfAKey_isTheSameForTheNextLeader_whereTheHistoryDoesNotReachBackToIt() {
        load();
        append(1);
        clock.pass(IdempotencyKeys.WINDOW.minusSeconds(1));
        beginAll(100, 200).forEach(OnContext::await);
        channel = another(64);
        load();
        Cursor.At cursor = OnContext.await(begin(1)).cursor();
        assertThat(cursor.sequence()).isEqualTo(1);
        clock.pass(Duration.ofSeconds(1));

        assertThat(OnContext.await(begin(1))).isEqualTo(new AppendReceipt(at(103, 1), false));
        assertThat(cursor).isNotEqualTo(at(103, 1));
    }

    @Test
    void theWindowOfAKey_isMeasuredByTheMonotonicClock() {
        load();
        append(1);
        clock.stepWallClock(Duration.ofHours(-1));
        clock.pass(IdempotencyKeys.WINDOW.minusSeconds(1));
        assertThat(append(1)).isEqualTo(at(1, 1));
        clock.stepWallClock(Duration.ofHours(2));
        assertThat(append(1)).isEqualTo(at(1, 1));
        clock.stepWallClock(Duration.ofHours(-2));
        clock.pass(Duration.ofSeconds(1));

        assertThat(append(1)).isEqualTo(at(2, 1));
    }

    @Test
    void forget_destroysAnUnusedHistory() {
        load();
        append(1);
        clock.pass(TTL);
        owner.call(() -> channel.forget(true));

        assertThat(history.extent(NEWS).await().isEmpty()).isTrue();
        assertThat(owner.get(channel::tail)).isEqualTo(new Cursor.Start(clock.millis()));
        assertThat(append(2)).isEqualTo(at(1, 2));
    }

    /** A client missed the event after its id without a reset: both lives had the same tags, which came from the keys. */
    @Test
    void theSameKeysInTheNextLifeOfAHistory_areNotTakenForTheEventsBefore() {
        load();
        List<Cursor.At> first = List.of(append(1), append(2), append(3));
        clock.pass(TTL);
        owner.call(() -> channel.forget(true));
        List<Cursor.At> second = List.of(append(1), append(2), append(3));

        assertEachIsReset(first, second.get(2));
        assertThat(reader.resume(NEWS, second.get(1), second.get(2)).await().reset())
                .isEmpty();
    }

    @Test
    void theSameKeysAfterALossOfHistoryAndKeys_areNotTakenForTheEventsBefore() {
        load();
        List<Cursor.At> first = List.of(append(1), append(2), append(3));
        history.lose();
        clearMaps();
        channel = led(64);
        load();

        append(1);
        append(2);
        assertEachIsReset(first, append(3));
    }

    @Test
    void theSameKeysInAHistoryThatIsRebornUnderItsLeader_areNotTakenForTheEventsBefore() {
        load();
        List<Cursor.At> first = List.of(append(1), append(2), append(3));
        history.lose();
        // Void at 0, genesis at 1.
        append(4);
        clock.pass(IdempotencyKeys.WINDOW.plusSeconds(1));

        append(2);
        assertEachIsReset(first, append(3));
    }

    private void assertEachIsReset(List<Cursor.At> cursors, Cursor tail) {
        for (Cursor.At cursor : cursors) {
            assertThat(reader.resume(NEWS, cursor, tail).await().reset())
                    .as("%s", cursor)
                    .contains(Replay.Reason.LOST);
        }
    }

    @Test
    void forget_doesNotDestroyEventsOfAnotherLeader() {
        load();
        append(1);
        clock.pass(TTL);
        Histories.append(history.kept(), NEWS, clock.millis(), 2);

        assertThatThrownBy(() -> owner.call(() -> channel.forget(true))).hasMessageContaining("appended");
        assertThat(history.extent(NEWS).await().tail()).isEqualTo(2);
        // Nor a moment later.
        assertThat(owner.get(() -> channel.isIdle(clock.elapsedMillis(), TTL.toMillis())))
                .isFalse();
        assertThat(owner.get(channel::tail)).isEqualTo(at(2, 2));
        assertThat(append(3)).isEqualTo(at(3, 3));
    }

    @Test
    void forget_doesNotDestroyAnotherHistoryOfTheSameLength() {
        load();
        append(1);
        history.lose();
        Histories.append(history.kept(), NEWS, clock.millis(), 2);

        assertThatThrownBy(() -> owner.call(() -> channel.forget(true))).hasMessageContaining("appended");
        assertVisibleInOrder(List.of(2L));
    }

    @Test
    void forget_isDoneWhereTheHistoryIsLost() {
        load();
        append(1);
        history.lose();

        owner.call(() -> channel.forget(true));
        assertThat(append(2)).isEqualTo(at(1, 2));
    }

    /** A reader may have made it: a ring without a frame takes as much memory as a full one. */
    @Test
    void forget_destroysAnyHistory_thoughTheChannelHadNoEvents() {
        load();
        assertThat(history.append(NEWS, List.of()).await()).isZero();
        assertThat(history.exists(NEWS)).isTrue();

        owner.call(() -> channel.forget(false));
        assertThat(history.exists(NEWS)).isFalse();
    }

    @Test
    void forget_doesNotDestroyTheFirstEventsOfAnotherLeader() {
        load();
        Histories.append(history.kept(), NEWS, clock.millis(), 2);

        assertThatThrownBy(() -> owner.call(() -> channel.forget(false))).hasMessageContaining("appended");
        assertThat(history.exists(NEWS)).isTrue();
        assertThat(owner.get(channel::tail)).isEqualTo(at(1, 2));
    }

    @Test
    void afterAClockWasSetBack_eventsHaveItsTime_notThatOfTheOnesBefore() {
        load();
        append(1);
        clock.stepWallClock(Duration.ofMillis(-900));
        append(2);
        clock.stepWallClock(Duration.ofHours(-1));
        append(3);

        List<NumberedFrame> read = history.read(NEWS, 1, 3).await();
        long now = clock.millis();
        assertThat(read)
                .extracting(each -> each.frame().timeMillis() - now)
                .containsExactly(3_600_900L, 3_600_900L, 0L);
    }

    @Test
    void aThousandEventsUnderRandomFaults_areSeenExactlyOnce_inOrder() {
        for (int seed = 0; seed < 6; seed++) {
            clearMaps();
            keep(20_000);
            announced.clear();
            load();
            Random random = new Random(seed);
            List<CompletableFuture<AppendReceipt>> receipts = new ArrayList<>();
            for (int uid = 1; uid <= 1_000; ) {
                int until = Math.min(1_000, uid + random.nextInt(80));
                int first = uid;
                long other = 1_000_000L + first;
                Promise<Void> gate = owner.get(() -> {
                    fault(random, other);
                    return history.holdNextAnswer();
                });
                receipts.addAll(beginAll(first, until));
                owner.run(gate::complete);
                receipts.forEach(OnContext::await);
                uid = until + 1;
            }

            List<Long> seen = visible();
            assertThat(seen.stream().filter(uid -> uid <= 1_000).toList())
                    .as("seed %d", seed)
                    .containsExactlyElementsOf(uids(1, 1_000));
            assertThat(seen).as("seed %d", seed).doesNotHaveDuplicates();
            for (int i = 0; i < 1_000; i++) {
                Cursor.At cursor = receipts.get(i).join().cursor();
                assertThat(history.read(NEWS, cursor.sequence(), 1)
                                .await()
                                .get(0)
                                .frame()
                                .uid())
                        .as("seed %d", seed)
                        .isEqualTo(i + 1);
            }
            assertNothingIsSkipped();
        }
    }

    private void clearMaps() {
        clear(maps.channels());
        clearKeys();
    }

    private void clearKeys() {
        clear(maps.keys());
    }

    private <V> void clear(SharedMap<String, V> map) {
        owner.call(map::keys).forEach(key -> owner.call(() -> map.remove(key)));
    }

    /** As after a merge: the other half's histories replace those of this half, except for the keys. */
    private void replaceHistory(long... uids) {
        history.lose();
        Histories.append(history.kept(), NEWS, clock.millis(), uids);
    }

    private void fault(Random random, long other) {
        switch (random.nextInt(6)) {
            case 0 -> history.failNextAppend();
            case 1 -> history.loseNextAnswer();
            case 2 -> history.beforeNextAppend(() -> Histories.append(history.kept(), NEWS, clock.millis(), other));
            case 3 -> {
                history.loseNextAnswer();
                history.beforeNextAppend(() -> Histories.append(history.kept(), NEWS, clock.millis(), other));
            }
            // As Hazelcast does by itself when a member goes: the call is made twice, the second answers.
            case 4 -> history.nextAppend(append -> append.get().compose(first -> append.get()));
            default -> history.nextAppend(append -> append.get());
        }
    }

    private void load() {
        owner.call(channel::load);
    }

    @CanIgnoreReturnValue
    private Cursor.At append(long uid) {
        return OnContext.await(begin(uid)).cursor();
    }

    private CompletableFuture<AppendReceipt> begin(long uid) {
        return begin(submission(uid));
    }

    private CompletableFuture<AppendReceipt> begin(Submission submission) {
        return owner.begin(() -> channel.append(List.of(submission)).map(receipts -> receipts.get(0)));
    }

    private static Submission ending(long uid) {
        return new Submission(uid, uid, true, new Event(null, Long.toString(uid), null).ending());
    }

    @CanIgnoreReturnValue
    private List<CompletableFuture<AppendReceipt>> beginAll(long first, long last) {
        return LongStream.rangeClosed(first, last).mapToObj(this::begin).toList();
    }

    private static Submission submission(long uid) {
        return new Submission(uid, uid, true, new Event(null, Long.toString(uid), null));
    }

    private List<Long> visible() {
        NumberedFrame newest = history.read(NEWS, history.extent(NEWS).await().tail(), 1)
                .await()
                .get(0);
        return FullReading.retained(history, NEWS, newest.cursor(), frame -> reader.isKept(NEWS, frame.timeMillis()))
                .stream()
                .map(each -> each.event().frame().uid())
                .toList();
    }

    private void assertVisibleInOrder(List<Long> uids) {
        assertThat(visible()).containsExactlyElementsOf(uids);
    }

    private List<Long> announcedUids() {
        return announced.stream()
                .flatMap(each -> each.frames().stream())
                .map(each -> each.frame().uid())
                .toList();
    }

    private void assertChained() {
        for (int i = 1; i < announced.size(); i++) {
            assertThat(announced.get(i).from()).isEqualTo(announced.get(i - 1).tail());
        }
    }

    /** Where an announcement follows the one before, it has all events between the two; else nodes look for themselves. */
    private void assertNothingIsSkipped() {
        Cursor before = null;
        for (Announcement each : announced) {
            if (before != null && each.from().equals(before) && before instanceof Cursor.At at) {
                long last = ((Cursor.At) each.tail()).sequence();
                if (last > at.sequence()) {
                    assertThat(((HistoryReader.Found.ReadFrames)
                                            reader.after(NEWS, at, each.tail(), (int) (last - at.sequence()))
                                                    .await())
                                    .frames())
                            .isEqualTo(each.frames());
                }
            }
            before = each.tail();
        }
    }

    private static List<Long> uids(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    private Cursor.At at(long sequence, long uid) {
        return Histories.found(history.kept(), NEWS, sequence, uid);
    }
}
