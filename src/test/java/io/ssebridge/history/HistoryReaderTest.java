package io.ssebridge.history;

import static io.ssebridge.testing.Histories.append;
import static io.ssebridge.testing.Histories.event;
import static io.ssebridge.testing.Histories.genesis;
import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.event.Profile;
import io.ssebridge.event.Selector;
import io.ssebridge.history.HistoryReader.EventPage;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.history.Replay.Reason;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.FaultyHistory;
import io.ssebridge.testing.Histories;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class HistoryReaderTest {
    private static final ChannelName NEWS = new ChannelName("news");
    private static final Duration TTL = Duration.ofMinutes(10);
    private static final int SIZE = 16;
    private static final ChannelRules RULES = Histories.rules(SIZE, TTL);

    private final FakeClock clock = new FakeClock();
    private FaultyHistory history;
    private HistoryReader reader;

    HistoryReaderTest() {
        keep(SIZE);
    }

    private void keep(int size) {
        ChannelRules rules = Histories.rules(size, TTL);
        history = new FaultyHistory(rules);
        reader = new HistoryReader(history, rules, clock);
    }

    // A history is: genesis at 0, then event n with uid n at sequence n, unless a test says otherwise.

    @Test
    void aCursorInTheHistory_continuesRightAfterIt() {
        events(1, 5);

        assertThat(after(at(2), at(5))).isEqualTo(new Found.ReadFrames(read(3, 5), at(5)));
    }

    @Test
    void aCursorAtTheTail_hasNothingAfterIt() {
        events(1, 5);

        assertThat(after(at(5), at(5))).isEqualTo(new Found.ReadFrames(List.of(), at(5)));
    }

    @Test
    void aTail_boundsAReading() {
        events(1, 9);

        assertThat(after(at(2), at(4))).isEqualTo(new Found.ReadFrames(read(3, 4), at(4)));
    }

    @Test
    void aLimit_boundsThePage() {
        events(1, 9);

        assertThat(reader.after(NEWS, at(2), at(9), 3).await()).isEqualTo(new Found.ReadFrames(read(3, 5), at(5)));
    }

    @Test
    void aCursorThatWasJustEvicted_goesOnWithTheOldest() {
        events(1, 20);

        assertThat(history.extent(NEWS).await().head()).isEqualTo(5);
        assertThat(after(at(4), at(20))).isEqualTo(new Found.ReadFrames(read(5, 20), at(20)));
    }

    @Test
    void aCursorThatWasJustEvicted_withAnotherTag_isReset() {
        events(1, 20);

        assertThat(after(new Cursor.At(4, 99), at(20))).isEqualTo(new Found.Lost(Reason.EXPIRED));
    }

    @Test
    void aCursorThatWasEvictedBefore_isReset() {
        events(1, 20);

        assertThat(after(at(3), at(20))).isEqualTo(new Found.Lost(Reason.EXPIRED));
        assertThat(after(new Cursor.Start(now()), at(20))).isEqualTo(new Found.Lost(Reason.EXPIRED));
    }

    @Test
    void aTailThatIsEvictedToo_isExpired_notLost() {
        events(1, 40);

        assertThat(after(at(3), at(10))).isEqualTo(new Found.Lost(Reason.EXPIRED));
    }

    @Test
    void aCursorWithAnotherTag_isLost() {
        events(1, 9);

        assertThat(after(new Cursor.At(5, 99), at(9))).isEqualTo(new Found.Lost(Reason.LOST));
        assertThat(resume(new Cursor.At(9, 99), at(9)).reset()).contains(Reason.LOST);
    }

    @Test
    void aCursorAboveAllThatThereIs_isLost() {
        events(1, 9);

        assertThat(resume(at(12), at(9)).reset()).contains(Reason.LOST);
    }

    @Test
    void aCursorOfAHistoryThatIsGone_isLost() {
        assertThat(resume(at(12), new Cursor.Start(now()))).isEqualTo(lost(new Cursor.Start(now())));
        assertThat(resume(at(12), at(14))).isEqualTo(lost(at(14)));
    }

    @Test
    void aCursorOfAHistoryThatWasReborn_isLost_andGoesOnAtTheFirstEvent() {
        history.append(NEWS, List.of(genesis(77, -1, 0, now(), now()), event(1001, -1, 1, 77, now())))
                .await();

        assertThat(resume(at(1), cursor(1, 1001))).isEqualTo(lost(cursor(0, 77)));
        assertThat(resume(at(0), cursor(1, 1001))).isEqualTo(lost(cursor(0, 77)));
    }

    @Test
    void aStartCursor_isGood_whileTheFirstLifeIsKnown() {
        long since = now();
        history.append(NEWS, List.of(genesis(77, -1, 0, since, since), event(1, -1, 1, 77, since)))
                .await();

        assertThat(after(new Cursor.Start(since), cursor(1, 1)))
                .isEqualTo(new Found.ReadFrames(read(1, 1), cursor(1, 1)));
        // By the second, which is all that an id has room for.
        assertThat(after(new Cursor.Start(since - since % 1_000), cursor(1, 1))).isInstanceOf(Found.ReadFrames.class);
        assertThat(after(new Cursor.Start(since + 60_000), cursor(1, 1))).isInstanceOf(Found.ReadFrames.class);
    }

    @Test
    void aStartCursorFromBeforeTheFirstLifeIsKnown_isLost() {
        long since = now();
        history.append(NEWS, List.of(genesis(77, -1, 0, since, since), event(1, -1, 1, 77, since)))
                .await();

        assertThat(resume(new Cursor.Start(since - 1_000), cursor(1, 1))).isEqualTo(lost(cursor(0, 77)));
    }

    @Test
    void aStartCursor_isGood_whileTheChannelHasHadNothingSince() {
        Cursor.Start start = new Cursor.Start(now() + 123);

        assertThat(resume(start, start)).isEqualTo(Replay.from(start));
        assertThat(after(new Cursor.Start(now()), start)).isEqualTo(new Found.ReadFrames(List.of(), start));
    }

    @Test
    void aStartCursor_isLost_whereTheChannelHadEventsAndLostThem() {
        Cursor.Start later = new Cursor.Start(now() + 5_000);

        assertThat(resume(new Cursor.Start(now()), later)).isEqualTo(lost(later));
    }

    @Test
    void aStartCursor_isLost_whereTheFirstFrameIsNotAGenesisFrame() {
        history.append(NEWS, List.of(event(1, 100, 0, 9, now()))).await();

        assertThat(after(new Cursor.Start(now()), cursor(0, 1))).isEqualTo(new Found.Lost(Reason.LOST));
    }

    @Test
    void framesBelowTheirSequence_areVoid() {
        // A leader that knew 100 frames appended two into a history that had started again; then it noticed.
        history.append(NEWS, List.of(event(1, 100, 0, 9, now()), event(2, 100, 1, 1, now())))
                .await();
        history.append(
                        NEWS,
                        List.of(genesis(77, 1, 2, now(), now()), event(1, 1, 1, 77, now()), event(2, 1, 2, 1, now())))
                .await();

        assertThat(uids(after(cursor(0, 1), cursor(4, 2)))).containsExactly(1L, 2L);
        assertThat(sequences(after(cursor(0, 1), cursor(4, 2)))).containsExactly(3L, 4L);
    }

    @Test
    void aVoidFrame_doesNotMakeARepeatOfTheSameEventFromAnotherLeader() {
        history.append(NEWS, List.of(event(1, 100, 0, 9, now()))).await();
        // The other leader has seen an empty history.
        history.append(NEWS, List.of(genesis(77, -1, 0, now(), now()), event(1, -1, 1, 77, now())))
                .await();

        assertThat(sequences(after(cursor(0, 1), cursor(2, 1)))).containsExactly(2L);
    }

    @Test
    void aDuplicate_isSkipped() {
        events(1, 3);
        List<Frame> batch = List.of(event(4, 3, 0, at(3).tag(), now()), event(5, 3, 1, at(4).tag(), now()));
        history.append(NEWS, batch).await();
        history.append(NEWS, batch).await();

        assertThat(after(at(3), cursor(7, 5))).isEqualTo(new Found.ReadFrames(read(4, 5), cursor(7, 5)));
        assertThat(after(at(4), cursor(7, 5))).isEqualTo(new Found.ReadFrames(read(5, 5), cursor(7, 5)));
        assertThat(after(cursor(6, 4), cursor(7, 5))).isEqualTo(new Found.ReadFrames(List.of(), cursor(7, 5)));
    }

    @Test
    void anEventThatAnotherLeaderAppendedInBetween_isNotADuplicate() {
        events(1, 3);
        history.append(NEWS, List.of(event(100, 3, 0, 3, now()))).await();
        history.append(NEWS, List.of(event(4, 3, 0, 3, now()))).await();

        assertThat(uids(after(at(3), cursor(5, 4)))).containsExactly(100L, 4L);
    }

    @Test
    void theSameEventBelowTheBase_isNotADuplicate_whateverElseIsRead() {
        events(1, 3);
        // 50 came at 4 and, knowingly, once more at 7; the frame at 8 makes the reader look back as far as 4.
        history.append(NEWS, List.of(event(50, 3, 0, 3, now()))).await();
        history.append(NEWS, List.of(event(60, 4, 0, 50, now()))).await();
        history.append(NEWS, List.of(event(61, 4, 0, 50, now()))).await();
        history.append(NEWS, List.of(event(50, 4, 0, 50, now()))).await();
        history.append(NEWS, List.of(event(62, 3, 0, 3, now()))).await();

        assertThat(uids(after(cursor(5, 60), cursor(8, 62)))).containsExactly(61L, 50L, 62L);
    }

    @Test
    void aDuplicateFarAway_isSkipped() {
        keep(5_000);
        events(1, 3);
        history.append(NEWS, List.of(event(4, 3, 0, at(3).tag(), now()))).await();
        events(5, 2_500);
        history.append(NEWS, List.of(event(2_400, 3, 0, 3, now()))).await();

        assertThat(after(at(2_500), cursor(2_501, 2_400)))
                .isEqualTo(new Found.ReadFrames(List.of(), cursor(2_501, 2_400)));
    }

    @Test
    void anEventOlderThanTheTtl_isExpired() {
        events(1, 2);
        clock.pass(TTL);
        events(3, 4);

        assertThat(resume(at(1), at(4))).isEqualTo(new Replay(at(2), Optional.of(Reason.EXPIRED)));
        assertThat(resume(at(2), at(4))).isEqualTo(Replay.from(at(2)));
        assertThat(last(10, at(4))).isEqualTo(Replay.from(at(2)));
    }

    @Test
    void anExpiredEventAfterManyHiddenFrames_isExpired() {
        events(1, 3);
        for (int i = 4; i < 10; i++) {
            history.append(NEWS, List.of(event(3, 2, 0, 2, now()))).await();
        }
        history.append(NEWS, List.of(event(10, 9, 0, 3, now()))).await();
        clock.pass(TTL);
        events(11, 12);

        Cursor expired = cursor(10, 10);
        assertThat(resume(at(3), cursor(12, 12))).isEqualTo(new Replay(expired, Optional.of(Reason.EXPIRED)));
        assertThat(resume(expired, cursor(12, 12))).isEqualTo(Replay.from(expired));
    }

    @Test
    void aTailOlderThanTheTtl_isStillACursor() {
        events(1, 2);
        clock.pass(TTL.multipliedBy(2));

        assertThat(resume(at(2), at(2))).isEqualTo(Replay.from(at(2)));
        assertThat(resume(at(1), at(2))).isEqualTo(new Replay(at(2), Optional.of(Reason.EXPIRED)));
    }

    @Test
    void theLastEvents_areCounted() {
        events(1, 9);

        assertThat(last(0, at(9)).cursor()).isEqualTo(at(9));
        assertThat(last(1, at(9)).cursor()).isEqualTo(at(8));
        assertThat(last(9, at(9)).cursor()).isEqualTo(at(0));
        assertThat(last(100, at(9)).cursor()).isEqualTo(at(0));
        assertThat(last(3, new Cursor.Start(5)).cursor()).isEqualTo(new Cursor.Start(5));
    }

    @Test
    void theLastEvents_areCountedWithoutRepeats() {
        events(1, 3);
        history.append(NEWS, List.of(event(3, 2, 0, 2, now()))).await();
        history.append(NEWS, List.of(event(5, 4, 0, 3, now()))).await();

        assertThat(last(2, at(5)).cursor()).isEqualTo(at(2));
    }

    @Test
    void since_beginsWithTheFirstEventOfThatTime() {
        long first = now();
        events(1, 2);
        clock.pass(Duration.ofSeconds(5));
        events(3, 4);

        assertThat(reader.since(NEWS, first, at(4)).await().cursor()).isEqualTo(at(0));
        assertThat(reader.since(NEWS, first + 1, at(4)).await().cursor()).isEqualTo(at(2));
        assertThat(reader.since(NEWS, now(), at(4)).await().cursor()).isEqualTo(at(2));
        assertThat(reader.since(NEWS, now() + 1, at(4)).await().cursor()).isEqualTo(at(4));
    }

    @Test
    void whereverAReplayBegins_itCanBeResumed() {
        keep(600);
        for (int count : new int[] {1, 255, 256, 257, 511, 512, 513, 599, 600, 601, 1_300}) {
            keep(600);
            events(1, count);
            Cursor tail = at(count);
            for (int last = 0; last <= 601; last += 1 + last / 7) {
                Cursor cursor = last(last, tail).cursor();
                assertThat(resume(cursor, tail)).as("%d of %d", last, count).isEqualTo(Replay.from(cursor));
                assertThat(uids(reader.after(NEWS, cursor, tail, 2_000).await()))
                        .as("%d of %d", last, count)
                        .hasSize(Math.min(Math.min(last, count), 600));
            }
            Cursor reset = reader.reset(NEWS, Reason.UNKNOWN_ID, tail).await().cursor();
            assertThat(resume(reset, tail)).isEqualTo(Replay.from(reset));
        }
    }

    @Test
    void aReset_beforeAnEventThatFollowsAnotherLeaders_canBeResumed() {
        // The oldest frame's leader did not know the one before, which is gone.
        events(1, 3);
        history.append(NEWS, List.of(event(100, 3, 0, 3, now()))).await();
        history.append(NEWS, List.of(event(101, 3, 0, 3, now()))).await();
        events(6, 20);

        assertThat(history.extent(NEWS).await().head()).isEqualTo(5);
        Cursor reset = reader.reset(NEWS, Reason.LOST, at(20)).await().cursor();
        assertThat(resume(reset, at(20))).isEqualTo(Replay.from(reset));
        assertThat(uids(after(reset, at(20)))).startsWith(101L, 6L).endsWith(20L);
    }

    @Test
    void aLongPage_hasNoGapsAndNoRepeats() {
        keep(2_000);
        events(1, 1_700);

        EventPage page = page(Replay.from(at(0)), at(1_650), 10_000);

        assertThat(sequences(page))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 1_650).boxed().toList());
        assertThat(page.more()).isFalse();
    }

    @Test
    void anEventEvictedWhileAPageIsRead_leavesNoHole_andIsTold() {
        keep(600);
        events(1, 599);
        history.nextRead(read -> {
            var chunk = read.get();
            events(600, 1_100);
            return chunk;
        });

        EventPage page = page(Replay.from(at(0)), at(599), 10_000);

        assertThat(sequences(page))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(501, 599).boxed().toList());
        assertThat(page.reset()).contains(Reason.EXPIRED);
    }

    @Test
    void aPage_endsAtItsLimit_andSaysWhetherThereIsMore() {
        events(1, 9);

        assertThat(sequences(page(Replay.from(at(2)), at(9), 3))).containsExactly(3L, 4L, 5L);
        assertThat(page(Replay.from(at(2)), at(9), 3).more()).isTrue();
        assertThat(page(Replay.from(at(6)), at(9), 3).more()).isFalse();
        assertThat(sequences(page(Replay.from(at(9)), at(9), 3))).isEmpty();
    }

    @Test
    void aPageThatHasLostItsTurn_endsAfterTheNextAnswer_andSaysThatThereIsMore() {
        keep(200);
        events(1, 150);
        List<Long> held = new ArrayList<>();

        EventPage page = reader.page(
                        NEWS,
                        Replay.from(at(0)),
                        at(150),
                        140,
                        bytes -> held.add(bytes) && held.size() < 2,
                        EventFilter.EVERYTHING)
                .await();
        assertThat(sequences(page))
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 128).boxed().toList());
        assertThat(page.more()).isTrue();
        assertThat(held).hasSize(2).isSorted();
        assertThat(held.get(0)).isPositive();
    }

    @Test
    void aPageForAReaderWhoGetsNearlyNothing_endsEarly_andTheNextOneGoesOn() {
        keep(1_000);
        Selector bob = Selector.to(Map.of("sub", "bob"));
        Event foreign = new Event(null, "x".repeat(60_000), null).withSelector(bob);
        for (int i = 1; i <= 99; i++) {
            append(history.kept(), NEWS, now(), foreign, i);
        }
        append(history.kept(), NEWS, now(), new Event(null, "for all", null), 100);
        EventFilter alice = EventFilter.of(Profile.of("alice", Map.of()));

        EventPage first = reader.page(NEWS, Replay.from(at(0)), at(100), 10, heldBytes -> true, alice)
                .await();
        assertThat(first.events()).isEmpty();
        assertThat(first.more()).isTrue();
        assertThat(first.selective()).isTrue();
        assertThat(first.end()).isEqualTo(at(70));
        EventPage second = reader.page(NEWS, Replay.from(first.end()), at(100), 10, heldBytes -> true, alice)
                .await();
        assertThat(sequences(second)).containsExactly(100L);
        assertThat(second.more()).isFalse();
    }

    @Test
    void aPageOfLargeEvents_endsAtAMebibyte_andHasOneAtLeast() {
        keep(100);
        String large = "x".repeat(300_000);
        for (int i = 1; i <= 6; i++) {
            append(history.kept(), NEWS, now(), new Event(null, i == 5 ? large.repeat(5) : large, null), i);
        }

        assertThat(sequences(page(Replay.from(at(0)), at(6), 100))).containsExactly(1L, 2L, 3L);
        assertThat(sequences(page(Replay.from(at(3)), at(6), 100))).containsExactly(4L);
        assertThat(sequences(page(Replay.from(at(4)), at(6), 100))).containsExactly(5L);
        assertThat(page(Replay.from(at(5)), at(6), 100).more()).isFalse();
    }

    @Test
    void theLastTwentyOfManyThousand_costTwentyEvents() {
        keep(20_000);
        events(1, 30_000);
        var unused = history.framesRead();

        assertThat(last(20, at(30_000)).cursor()).isEqualTo(at(29_980));
        assertThat(history.framesRead()).isEqualTo(21);
    }

    @Test
    void theLastThousandsOfManyThousand_costAFewFrames() {
        keep(20_000);
        events(1, 15_000);
        clock.pass(TTL.dividedBy(2));
        events(15_001, 30_000);
        var unused = history.framesRead();

        assertThat(last(1_001, at(30_000)).cursor()).isEqualTo(at(28_999));
        assertThat(history.framesRead()).isLessThan(30);
        assertThat(last(12_345, at(30_000)).cursor()).isEqualTo(at(17_655));
        assertThat(history.framesRead()).isLessThan(30);
        assertThat(last(12_345, at(29_000)).cursor()).isEqualTo(at(16_655));
        assertThat(history.framesRead()).isLessThan(30);
        assertThat(last(30_000, at(30_000)).cursor()).isEqualTo(at(10_000));
        assertThat(history.framesRead()).isLessThan(30);
        assertThat(last(Integer.MAX_VALUE, at(30_000)).cursor()).isEqualTo(at(10_000));
        assertThat(history.framesRead()).isLessThan(30);
        assertThat(sequences(page(last(30_000, at(30_000)), at(30_000), 1))).containsExactly(10_001L);
        assertThat(history.framesRead()).isLessThan(33);
        clock.pass(TTL.dividedBy(2));
        assertThat(last(30_000, at(30_000)).cursor()).isEqualTo(at(15_000));
        assertThat(history.framesRead()).isLessThan(30);
    }

    @Test
    void aCursorInManyThousand_costsAFewFrames() {
        keep(20_000);
        events(1, 15_000);
        clock.pass(TTL.dividedBy(2));
        long half = now();
        events(15_001, 30_000);
        var unused = history.framesRead();

        assertThat(reader.since(NEWS, half, at(30_000)).await().cursor()).isEqualTo(at(15_000));
        assertThat(history.framesRead()).isLessThan(30);
        assertThat(reader.reset(NEWS, Reason.LOST, at(30_000)).await().cursor()).isEqualTo(at(10_000));
        assertThat(history.framesRead()).isLessThan(30);
        assertThat(sequences(page(Replay.from(at(20_000)), at(30_000), 1))).containsExactly(20_001L);
        assertThat(history.framesRead()).isLessThanOrEqualTo(3);
        clock.pass(TTL.dividedBy(2));
        assertThat(reader.reset(NEWS, Reason.LOST, at(30_000)).await().cursor()).isEqualTo(at(15_000));
        assertThat(history.framesRead()).isLessThan(30);
    }

    @Test
    void theLastOfAHistoryRebornSinceTheTail_areItsPresentEvents() {
        events(1, 9);

        assertThat(last(3, at(5_000)).cursor()).isEqualTo(at(6));
        assertThat(last(100, at(5_000)).cursor()).isEqualTo(at(0));
        assertThat(last(2_000, at(5_000)).cursor()).isEqualTo(at(0));
        history.lose();
        assertThat(last(3, at(5_000)).cursor()).isEqualTo(at(5_000));
    }

    @Test
    void aHistoryThatAnswersAtOnce_isReadInALoop_notDeeperAndDeeper() {
        keep(100_000);
        events(1, 1);
        // A leader that knew far more frames appended these, and then noticed.
        history.append(NEWS, Collections.nCopies(99_000, event(7, 200_000, 0, 0, now())))
                .await();

        Cursor tail = cursor(99_001, 7);
        assertThat(resume(at(1), tail)).isEqualTo(Replay.from(at(1)));
        assertThat(last(5, tail).cursor()).isEqualTo(at(0));
        assertThat(sequences(page(Replay.from(at(0)), tail, 100))).containsExactly(1L);
    }

    /** Thousands open a page right after an event. */
    @Test
    void theSameQuestionAtTheSameTime_isReadOnce() {
        events(1, 9);
        assertReadOnce(() -> reader.last(NEWS, 3, EventFilter.EVERYTHING, at(9)));
        assertReadOnce(() -> reader.since(NEWS, 1, at(9)));
        assertReadOnce(() -> reader.resume(NEWS, at(3), at(9)));
        assertReadOnce(() -> reader.after(NEWS, at(3), at(9), 5));
    }

    private <T> void assertReadOnce(Supplier<Future<T>> question) {
        Promise<Void> gate = Promise.promise();
        history.nextRead(read -> gate.future().compose(open -> read.get()));
        int before = history.readings();
        Future<T> one = question.get();
        Future<T> two = question.get();
        assertThat(history.readings()).isEqualTo(before + 1);
        gate.complete();

        assertThat(one.result()).isNotNull().isEqualTo(two.result());
        int after = history.readings();
        assertThat(question.get().result()).isEqualTo(one.result());
        assertThat(history.readings()).as("later: asked again").isGreaterThan(after);
    }

    @Test
    void anotherTail_isAnotherQuestion() {
        events(1, 9);
        Promise<Void> gate = Promise.promise();
        history.nextRead(read -> gate.future().compose(open -> read.get()));
        Future<Replay> one = reader.resume(NEWS, at(2), at(8));
        Future<Replay> two = reader.resume(NEWS, at(2), at(9));

        assertThat(one.isComplete()).isFalse();
        assertThat(two.result()).isEqualTo(Replay.from(at(2)));
    }

    @Test
    void anAnswer_goesToAllThatWaitedForIt_andToNoLaterRequest() {
        events(1, 9);
        Promise<Void> gate = Promise.promise();
        history.nextRead(read -> gate.future().compose(open -> read.get()));
        Future<Replay> failed = reader.resume(NEWS, at(2), at(3));
        gate.fail("not now");

        assertThat(failed.failed()).isTrue();
        assertThat(resume(at(2), at(3))).isEqualTo(Replay.from(at(2)));
        history.lose();
        assertThat(resume(at(2), at(3)).reset()).contains(Reason.LOST);
    }

    @Test
    void aChannelThatWasNeverAppendedTo_isNotRead() {
        reader = new HistoryReader(
                history, RULES, clock, channel -> Future.succeededFuture(history.exists(channel)), PersonalData.NONE);
        Cursor none = new Cursor.Start(now());

        assertThat(resume(at(7), none)).isEqualTo(lost(none));
        assertThat(last(5, none)).isEqualTo(Replay.from(none));
        assertThat(page(Replay.from(none), none, 10).events()).isEmpty();
        assertThat(history.readings()).isZero();
        assertThat(history.exists(NEWS)).isFalse();

        events(1, 9);
        assertThat(resume(at(7), none)).as("this node has not heard of it").isEqualTo(Replay.from(at(7)));
    }

    @Test
    void eventsFromBeforeTheWallClockWasSetBack_expireAfterTheTtl() {
        events(1, 2);
        clock.pass(TTL.dividedBy(2));
        events(3, 4);
        clock.stepWallClock(Duration.ofHours(-1));
        events(5, 6);
        assertThat(last(100, at(6)).cursor()).isEqualTo(at(0));

        clock.pass(TTL.dividedBy(2));
        assertThat(last(100, at(6)).cursor()).isEqualTo(at(2));
        assertThat(reader.reset(NEWS, Reason.LOST, at(6)).await().cursor()).isEqualTo(at(2));
        assertThat(resume(at(1), at(6)).reset()).contains(Reason.EXPIRED);
        assertThat(resume(at(3), at(6))).isEqualTo(Replay.from(at(3)));

        clock.pass(TTL.dividedBy(2));
        assertThat(last(100, at(6)).cursor()).isEqualTo(at(6));
        assertThat(sequences(page(Replay.from(at(0)), at(6), 100))).isEmpty();
    }

    @Test
    void eventsOfAClockThatWasAheadForAWhile_expireAfterTheTtl() {
        clock.stepWallClock(Duration.ofDays(1));
        reader.watchClock();
        events(1, 2);
        clock.stepWallClock(Duration.ofDays(-1));
        assertThat(last(100, at(2)).cursor()).isEqualTo(at(0));

        clock.pass(TTL);

        assertThat(last(100, at(2)).cursor()).isEqualTo(at(2));
        assertThat(resume(at(0), at(2)).reset()).contains(Reason.EXPIRED);
    }

    /** This node cannot know by how much another node's clock was ahead; the frames after it show it. */
    @Test
    void anEventFromTheFuture_expiresWithThoseAfterIt() {
        append(history.kept(), NEWS, now() + Duration.ofDays(1).toMillis(), 1, 2);
        events(3, 3);
        clock.pass(TTL);

        assertThat(last(100, at(3)).cursor()).isEqualTo(at(3));
    }

    /** Another node had announced them, and this one had not heard of the first. */
    @Test
    void aCursorAheadOfATailBeforeTheFirstEvent_stays() {
        events(1, 2);

        assertThat(after(at(2), new Cursor.Start(now()))).isEqualTo(new Found.ReadFrames(List.of(), at(2)));
    }

    @Test
    void aHubAheadOfALateAnnouncement_stays() {
        events(1, 9);

        assertThat(standing(at(9), at(7))).isEqualTo(new Found.ReadFrames(List.of(), at(9)));
        assertThat(standing(at(9), new Cursor.Start(now()))).isEqualTo(new Found.ReadFrames(List.of(), at(9)));
    }

    @Test
    void aHubAheadOfAHistoryThatWasReborn_isLost() {
        events(1, 9);
        Cursor old = at(9);
        history.lose();
        events(1_001, 1_003);

        assertThat(standing(old, cursor(2, 1_002))).isEqualTo(new Found.Lost(Reason.LOST));
        assertThat(standing(old, new Cursor.Start(now()))).isEqualTo(new Found.Lost(Reason.LOST));
    }

    @Test
    void aHubAheadOfALateAnnouncementOfAnEvictedFrame_stays() {
        events(1, 40);

        assertThat(standing(at(15), at(12))).isEqualTo(new Found.ReadFrames(List.of(), at(15)));
    }

    @Test
    void aHubThatMissedEvents_goesOn() {
        events(1, 9);

        assertThat(standing(at(7), at(9))).isEqualTo(new Found.ReadFrames(read(8, 9), at(9)));
        assertThat(standing(new Cursor.Start(1), new Cursor.Start(2)))
                .isEqualTo(new Found.ReadFrames(List.of(), new Cursor.Start(1)));
    }

    private void events(long first, long last) {
        LongStream.rangeClosed(first, last).forEach(uid -> append(history.kept(), NEWS, now(), uid));
    }

    private List<NumberedFrame> read(long first, long last) {
        return history.read(NEWS, first, (int) (last - first + 1)).await();
    }

    private Found after(Cursor cursor, Cursor tail) {
        return reader.after(NEWS, cursor, tail, 1_000).await();
    }

    private Found standing(Cursor cursor, Cursor tail) {
        return reader.afterAnnounced(NEWS, cursor, tail, 1_000).await();
    }

    private Replay resume(Cursor cursor, Cursor tail) {
        return reader.resume(NEWS, cursor, tail).await();
    }

    private Replay last(int count, Cursor tail) {
        return reader.last(NEWS, count, EventFilter.EVERYTHING, tail).await();
    }

    private static Replay lost(Cursor cursor) {
        return new Replay(cursor, Optional.of(Reason.LOST));
    }

    private static List<Long> uids(Found found) {
        return ((Found.ReadFrames) found)
                .frames().stream().map(each -> each.frame().uid()).toList();
    }

    private EventPage page(Replay start, Cursor tail, int limit) {
        return reader.page(NEWS, start, tail, limit, heldBytes -> true, EventFilter.EVERYTHING)
                .await();
    }

    private static List<Long> sequences(EventPage page) {
        return page.events().stream().map(NumberedFrame::sequence).toList();
    }

    private static List<Long> sequences(Found found) {
        return ((Found.ReadFrames) found)
                .frames().stream().map(NumberedFrame::sequence).toList();
    }

    private static Cursor.At at(long sequence) {
        return Histories.afterEvent(sequence);
    }

    private Cursor.At cursor(long sequence, long uid) {
        return Histories.found(history.kept(), NEWS, sequence, uid);
    }

    private long now() {
        return clock.millis();
    }
}
