package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.RecordingStream;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Hubs and audiences together: announcements of every kind, and the events of subscribers. */
@Timeout(30)
class HubTest extends HubFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int SIZE = 4_200;

    HubTest(Vertx vertx) {
        super(vertx, Histories.rules(SIZE, Duration.ofMinutes(10)));
    }

    @Test
    void aCallOnAnotherThread_failsWithAnAssertion() {
        // From now on the thread of the event loop is known.
        owner.run(() -> {});
        assertThatThrownBy(hubs::channels).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> loop.haveAll(List.of(NEWS))).isInstanceOf(AssertionError.class);
    }

    @Test
    void announcedEvents_arriveInOrder() {
        append(NEWS, 1, 2);
        RecordingStream out = subscribe(NEWS);
        announce(NEWS, 3, 4);
        announce(NEWS, 5);

        assertThat(data(out)).containsExactly("3", "4", "5");
        assertThat(ids(out)).containsExactly(id(3), id(4), id(5));
    }

    @Test
    void aLostAnnouncement_isMadeUpFor_byTheNext_orByTheTailAlone() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        append(NEWS, 2, 3);
        announce(NEWS, 4);
        assertThat(data(out)).containsExactly("2", "3", "4");

        append(NEWS, 5);
        announceTail(NEWS);
        assertThat(data(out)).containsExactly("2", "3", "4", "5");
    }

    @Test
    void repeatedLateAndReorderedAnnouncements_changeNothing() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        List<Runnable> announcements = new ArrayList<>();
        for (long uid = 2; uid <= 9; uid += 2) {
            announcements.add(announcement(NEWS, uid, uid + 1));
        }
        for (int each : new int[] {1, 0, 0, 3, 1, 2, 3, 0}) {
            owner.run(announcements.get(each));
        }
        Cursor start = new Cursor.Start(clock.millis());
        owner.run(() -> hubs.announced(NEWS, start, List.of(), start));
        announceTail(NEWS);

        assertThat(data(out)).containsExactly("2", "3", "4", "5", "6", "7", "8", "9");
    }

    @Test
    void announcementsThatComeWhileAHoleIsFilled_areNotLost() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        append(NEWS, 2);
        Promise<Void> gate = holdNextRead();
        announce(NEWS, 3);
        announce(NEWS, 4);
        announce(NEWS, 5);
        assertThat(data(out)).isEmpty();
        owner.run(gate::complete);

        assertThat(data(out)).containsExactly("2", "3", "4", "5");
    }

    @Test
    void aLateAnnouncementOfEventsBeingRead_isNotDeliveredTwice() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        Runnable late = owner.get(() -> announcement(NEWS, 2));
        Promise<Void> gate = holdNextRead();
        announceTail(NEWS);
        owner.run(late);
        owner.run(gate::complete);
        announce(NEWS, 3);

        assertThat(data(out)).containsExactly("2", "3");
    }

    @Test
    void aHole_isFilledOnlyUpToTheAnnouncedTail() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        append(NEWS, 2, 3);
        Cursor tail = tail(NEWS);
        append(NEWS, 4);
        owner.run(() -> hubs.announced(NEWS, tail, List.of(), tail));

        assertThat(data(out)).containsExactly("2", "3");
    }

    @Test
    void aHoleLongerThanOneReading_isFilled() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        append(NEWS, LongStream.rangeClosed(2, 250).toArray());
        announceTail(NEWS);

        assertThat(data(out)).containsExactlyElementsOf(texts(2, 250));
    }

    @Test
    void aHistoryThatCannotBeRead_isReadAgain() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        append(NEWS, 2);
        owner.run(() -> history.nextRead(read -> Future.failedFuture("not now")));
        announceTail(NEWS);
        assertThat(data(out)).isEmpty();
        vertx.timer(300).await();

        assertThat(data(out)).containsExactly("2");
    }

    @Test
    void aRebornHistory_resetsEverybodyOnce_andBeginsAtItsFirstEvent() {
        append(NEWS, 1, 2, 3);
        RecordingStream one = subscribe(NEWS);
        RecordingStream two = subscribe(NEWS);
        announce(NEWS, 4);
        owner.run(history::lose);
        append(NEWS, 101, 102);
        announceTail(NEWS);
        announceTail(NEWS);
        announce(NEWS, 103);

        for (RecordingStream out : List.of(one, two)) {
            assertThat(data(out)).containsExactly("4", "reset:lost", "101", "102", "103");
        }
    }

    @Test
    void aHubThatHasFallenOutOfTheHistory_resetsEverybodyOnce() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        append(NEWS, LongStream.rangeClosed(2, 4_300).toArray());
        announceTail(NEWS);

        assertThat(data(out))
                .startsWith("reset:expired", "101", "102")
                .endsWith("4300")
                .hasSize(4_201);
    }

    @Test
    void theFirstEventOfAChannel_reachesItsWaitingSubscribers() {
        Cursor.Start start = new Cursor.Start(clock.millis());
        tails.put(NEWS, start);
        RecordingStream out = subscribe(NEWS);
        announceFirst(start);

        assertThat(data(out)).containsExactly("1");
    }

    @Test
    void aClientThatComesBackToAChannelThatIsStillEmpty_waitsForItsFirstEvent() {
        clock.pass(Duration.ofMillis(123));
        Cursor.Start start = new Cursor.Start(clock.millis());
        tails.put(NEWS, start);
        RecordingStream out = resume(EventId.encode(List.of(NEWS), List.of(start)), NEWS);
        announceFirst(start);

        assertThat(data(out)).containsExactly("1");
    }

    @Test
    void aReturningClient_continuesAfterItsLastEvent() {
        append(NEWS, 1, 2, 3, 4);
        RecordingStream out = resume(id(2), NEWS);
        announce(NEWS, 5);

        assertThat(data(out)).containsExactly("3", "4", "5");
    }

    @Test
    void aSubscriberThatReturnsWithAKnownCursor_needsNoReading() {
        append(NEWS, 1, 2, 3, 4);
        RecordingStream first = resume(id(2), NEWS);
        int before = owner.get(history::readings);
        RecordingStream same = resume(id(2), NEWS);
        RecordingStream later = resume(id(3), NEWS);
        assertThat(owner.get(history::readings)).isEqualTo(before);
        announce(NEWS, 5);
        RecordingStream last = resume(id(2), NEWS);

        assertThat(owner.get(history::readings)).isEqualTo(before);
        for (RecordingStream out : List.of(first, same, last)) {
            assertThat(data(out)).containsExactly("3", "4", "5");
            assertThat(ids(out)).containsExactly(id(3), id(4), id(5));
        }
        assertThat(data(later)).containsExactly("4", "5");
    }

    @Test
    void subscribersThatReturnWithTheSameCursorAtOnce_shareTheReading() {
        append(NEWS, 1, 2, 3, 4);
        OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        Promise<Void> gate = holdNextRead();
        int before = owner.get(history::readings);
        List<RecordingStream> outs = new ArrayList<>();
        for (int i = 0; i < 1_200; i++) {
            RecordingStream out = new RecordingStream();
            owner.run(() -> seatNow(out, List.of(NEWS), List.of(Histories.afterEvent(2))));
            outs.add(out);
        }
        announce(NEWS, 5);
        owner.run(outs.get(7)::leave);
        owner.run(gate::complete);
        settle();
        announce(NEWS, 6);

        assertThat(owner.get(history::readings)).isEqualTo(before + 1);
        assertThat(data(outs.remove(7))).isEmpty();
        for (RecordingStream out : outs) {
            assertThat(data(out)).containsExactly("3", "4", "5", "6");
        }
    }

    @Test
    void aReadingThatFails_isMadeAgainForAllThatWaitForIt() {
        append(NEWS, 1, 2);
        OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        Promise<Void> gate = holdNextRead();
        List<Cursor> at = List.of(Histories.afterEvent(1));
        RecordingStream one = seat(List.of(NEWS), at);
        RecordingStream two = seat(List.of(NEWS), at);
        owner.run(() -> gate.fail("not now"));
        assertThat(data(one)).isEmpty();
        vertx.timer(600).await();

        assertThat(data(one)).containsExactly("2");
        assertThat(data(two)).containsExactly("2");
    }

    @Test
    void ofALongWayBack_theNewest32EventsAreKept() {
        append(NEWS, LongStream.rangeClosed(1, 101).toArray());
        RecordingStream first = resume(id(1), NEWS);
        RecordingStream second = resume(id(1), NEWS);
        int before = owner.get(history::readings);
        RecordingStream near = resume(id(80), NEWS);
        assertThat(owner.get(history::readings)).isEqualTo(before);
        RecordingStream beyond = resume(id(68), NEWS);
        assertThat(owner.get(history::readings)).isGreaterThan(before);

        assertThat(data(first)).containsExactlyElementsOf(texts(2, 101));
        assertThat(data(second)).containsExactlyElementsOf(texts(2, 101));
        assertThat(data(near)).containsExactlyElementsOf(texts(81, 101));
        assertThat(data(beyond)).containsExactlyElementsOf(texts(69, 101));
    }

    @Test
    void aSubscriberThatMissedAnExpiredEvent_isReset_evenIfItIsStillInMemory() {
        append(NEWS, 1, 2, 3);
        RecordingStream early = resume(id(1), NEWS);
        assertThat(data(early)).containsExactly("2", "3");
        clock.pass(Duration.ofMinutes(10));
        announce(NEWS, 4);

        assertThat(firstEvents(id(2))).contains("\"reason\":\"expired\"");
        assertThat(firstEvents(id(3))).doesNotContain("stream-reset");
    }

    @Test
    void aCursorOfAnotherHistory_isNotTakenForOneOfThis() {
        append(NEWS, 1, 2, 3);
        RecordingStream here = resume(id(1), NEWS);
        String foreign = EventId.encode(List.of(NEWS), List.of(Histories.afterEvents(1, 77)));

        assertThat(firstEvents(foreign)).contains("\"reason\":\"lost\"");
        assertThat(data(here)).containsExactly("2", "3");
    }

    @Test
    void aSubscriberServedFromMemory_isResetWithTheOthers_whenTheHistoryTurnsOutToBeAnother() {
        append(NEWS, 1, 2, 3);
        RecordingStream before = resume(id(1), NEWS);
        owner.run(history::lose);
        append(NEWS, 101, 102);
        RecordingStream after = resume(id(1), NEWS);
        announceTail(NEWS);
        announce(NEWS, 103);

        for (RecordingStream out : List.of(before, after)) {
            assertThat(data(out)).containsExactly("2", "3", "reset:lost", "101", "102", "103");
        }
    }

    @Test
    void aSubscriberThatReturnsAfterTheOthersWereReset_isResetAtOnce_andGetsNoLostEvents() {
        append(NEWS, 1, 2, 3);
        RecordingStream here = resume(id(1), NEWS);
        owner.run(history::lose);
        append(NEWS, 101, 102);
        announceTail(NEWS);
        assertThat(data(here)).containsExactly("2", "3", "reset:lost", "101", "102");

        assertThat(firstEvents(id(1))).contains("\"reason\":\"lost\"");
        assertThat(firstEvents(id(3))).contains("\"reason\":\"lost\"");
        announce(NEWS, 103);
        String since = EventId.encode(List.of(NEWS), List.of(Histories.afterEvents(101, 102)));
        assertThat(data(resume(since, NEWS))).containsExactly("103");
    }

    @Test
    void aClientFromANodeThatHadHeardMore_isNotReset_andGetsNothingTwice() {
        append(NEWS, 1, 2);
        RecordingStream here = subscribe(NEWS);
        append(NEWS, 3);
        RecordingStream out = resume(id(3), NEWS);
        assertThat(data(out)).isEmpty();
        announce(NEWS, 4);
        announce(NEWS, 5);

        assertThat(data(out)).containsExactly("4", "5");
        assertThat(data(here)).containsExactly("3", "4", "5");
    }

    @Test
    void eventsBetweenJoiningAndTheFirstSeat_areNotLost() {
        append(NEWS, 1);
        List<Cursor> joined = OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        announce(NEWS, 2);
        announce(NEWS, 3);
        RecordingStream out = seat(List.of(NEWS), joined);

        assertThat(data(out)).containsExactly("2", "3");
    }

    @Test
    void eventsOfOneChannelWhileAnotherIsAttached_areNotLost() {
        append(NEWS, 1);
        append(SCORES, 501);
        RecordingStream first = subscribe(NEWS);
        attached = Promise.promise();
        var joining = owner.begin(() -> hubs.join(List.of(NEWS, SCORES), loop));
        settle();
        announce(NEWS, 2);
        owner.run(attached::complete);
        List<Cursor> joined = OnContext.await(joining);
        announce(NEWS, 3);
        RecordingStream out = seat(List.of(NEWS, SCORES), joined);
        announce(SCORES, 502);

        assertThat(data(first)).containsExactly("2", "3");
        assertThat(data(out)).containsExactly("2", "3", "502");
    }

    @Test
    void announcementsBeforeTheLeaderHasAnswered_areNotLost() {
        append(NEWS, 1);
        attached = Promise.promise();
        var joining = owner.begin(() -> hubs.join(List.of(NEWS), loop));
        settle();
        Cursor old = tail(NEWS);
        announce(NEWS, 2);
        owner.run(() -> tails.put(NEWS, old));
        owner.run(attached::complete);
        RecordingStream out = seat(List.of(NEWS), List.of(old));

        assertThat(OnContext.await(joining)).hasSize(1);
        assertThat(data(out)).containsExactly("2");
    }

    @Test
    void aSubscriberThatLeaves_leavesNothing() {
        append(NEWS, 1);
        List<Cursor> joined = OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        assertThat(joined).hasSize(1);
        OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        settle();
        assertThat(owner.get(hubs::channels)).containsExactly(NEWS);

        hubs.leave(List.of(NEWS), loop);
        settle();
        assertThat(owner.get(hubs::channels)).containsExactly(NEWS);
        hubs.leave(List.of(NEWS), loop);
        settle();
        assertThat(owner.get(hubs::channels)).isEmpty();
    }

    @Test
    void aSlowSubscriber_isPassedOver_andCatchesUpInOneWrite() {
        append(NEWS, 1);
        RecordingStream slow = subscribe(NEWS);
        RecordingStream fast = subscribe(NEWS);
        owner.run(slow::full);
        announce(NEWS, 2);
        announce(NEWS, 3);
        announce(NEWS, 4);
        assertThat(data(slow)).isEmpty();
        assertThat(data(fast)).containsExactly("2", "3", "4");

        owner.run(slow::drain);
        assertThat(data(slow)).containsExactly("2", "3", "4");
        assertThat(owner.get(slow::writes)).hasSize(1);
    }

    @Test
    void slowSubscribers_shareOneEncodedBatch_andItIsReleasedSoon() {
        append(NEWS, 1);
        RecordingStream first = subscribe(NEWS);
        RecordingStream second = subscribe(NEWS);
        owner.run(() -> {
            first.full();
            second.full();
        });
        announce(NEWS, 2, 3);
        ByteBuf made = owner.get(() -> {
            first.drain();
            second.drain();
            assertThat(second.newest()).isSameAs(first.newest());
            return first.newest().chunk(UnpooledByteBufAllocator.DEFAULT);
        });

        assertThat(data(second)).containsExactly("2", "3");
        Eventually.holds("the frames to be let go of", PATIENCE, () -> owner.get(made::refCnt) == 0);
    }

    @Test
    void aSeatThatIsWritableAgainDuringARound_getsTheEventsOfTheRound_andTheRestWithTheOthers() {
        append(NEWS, 1);
        RecordingStream slow = subscribe(NEWS);
        List<Cursor> joined = OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        settle();
        List<String> early = new ArrayList<>();
        owner.run(() -> {
            // More than are served in one go.
            IntStream.range(0, 600).forEach(i -> seatNow(new RecordingStream(), List.of(NEWS), joined));
            slow.full();
            announcement(NEWS, 2).run();
            announcement(NEWS, 3).run();
            context.runOnContext(during -> {
                slow.drain();
                early.addAll(slow.data());
            });
        });
        settle();

        assertThat(early).containsExactly("2");
        assertThat(data(slow)).containsExactly("2", "3");
        assertThat(owner.get(slow::writes)).hasSize(2);
    }

    @Test
    void aSubscriberThatFallsOutOfMemory_goesOnFromTheHistory() {
        append(NEWS, 1);
        RecordingStream slow = subscribe(NEWS);
        owner.run(slow::full);
        LongStream.rangeClosed(2, 280).forEach(uid -> announce(NEWS, uid));
        owner.run(slow::drain);
        announce(NEWS, 281);

        assertThat(data(slow)).containsExactlyElementsOf(texts(2, 281));
    }

    @Test
    void noMoreThan4096Events_areKeptForSlowSubscribers() {
        append(NEWS, 1);
        RecordingStream slow = subscribe(NEWS);
        owner.run(slow::full);
        LongStream.rangeClosed(2, 4_097).forEach(uid -> announce(NEWS, uid));
        assertThat(readingsUntilItHas(slow, texts(2, 4_097))).isZero();

        owner.run(slow::full);
        LongStream.rangeClosed(4_098, 8_193).forEach(uid -> announce(NEWS, uid));
        clock.pass(Duration.ofMillis(500));
        announce(NEWS, 8_194);
        assertThat(readingsUntilItHas(slow, texts(2, 8_194))).isPositive();
    }

    @Test
    void fourTimesAsManyEvents_areKeptForHalfASecond() {
        append(NEWS, 1);
        RecordingStream slow = subscribe(NEWS);
        owner.run(slow::full);
        LongStream.rangeClosed(2, 16_385).forEach(uid -> announce(NEWS, uid));
        clock.pass(Duration.ofMillis(499));
        assertThat(readingsUntilItHas(slow, texts(2, 16_385))).isZero();

        owner.run(slow::full);
        LongStream.rangeClosed(16_386, 32_770).forEach(uid -> announce(NEWS, uid));
        owner.run(slow::drain);
        settle();
        assertThat(data(slow)).contains("reset:expired").doesNotContain("16386");
    }

    @Test
    void noMoreThanOneMebibyteOfEvents_isKeptForSlowSubscribers() {
        append(NEWS, 1);
        RecordingStream slow = subscribe(NEWS);
        owner.run(slow::full);
        IntStream.range(2, 12).forEach(uid -> announceLarge(uid, 100_000));
        clock.pass(Duration.ofMillis(500));
        int before = owner.get(history::readings);
        owner.run(slow::drain);
        settle();
        assertThat(owner.get(history::readings)).isEqualTo(before);

        owner.run(slow::full);
        IntStream.range(12, 23).forEach(uid -> announceLarge(uid, 100_000));
        clock.pass(Duration.ofMillis(500));
        announceLarge(23, 100_000);
        owner.run(slow::drain);
        settle();
        assertThat(owner.get(history::readings)).isGreaterThan(before);
        assertThat(data(slow)).hasSize(22);
    }

    @Test
    void noMoreThan32Events_areKeptForReturningSubscribers_whenAllSeatsHaveThem() {
        append(NEWS, 1);
        RecordingStream here = subscribe(NEWS);
        LongStream.rangeClosed(2, 100).forEach(uid -> announce(NEWS, uid));
        RecordingStream recent = seat(List.of(NEWS), List.of(Histories.afterEvent(68)));
        assertThat(readingsUntilItHas(recent, texts(69, 100))).isZero();

        int before = owner.get(history::readings);
        RecordingStream older = seat(List.of(NEWS), List.of(Histories.afterEvent(67)));
        assertThat(data(older)).containsExactlyElementsOf(texts(68, 100));
        assertThat(owner.get(history::readings)).isGreaterThan(before);
        assertThat(data(here)).containsExactlyElementsOf(texts(2, 100));
    }

    @Test
    void eventsReadForOneSubscriber_goOutInWritesOf48KibibytesAndOneEventMore() {
        append(NEWS, 1);
        IntStream.range(2, 40).forEach(uid -> appendLarge(uid, 10_000));
        List<Cursor> joined = OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        assertThat(joined).containsExactly(tail(NEWS));
        RecordingStream out = seat(List.of(NEWS), List.of(Histories.afterEvent(1)));
        announceTail(NEWS);

        assertThat(data(out)).hasSize(38);
        assertThat(owner.get(out::writes)).hasSizeGreaterThan(5).allMatch(length -> length < 49_152 + 10_200);
    }

    @Test
    void aSubscriberThatFallsOutOfTheHistory_isReset_andNobodyElse() {
        append(NEWS, 1);
        RecordingStream slow = subscribe(NEWS);
        RecordingStream fast = subscribe(NEWS);
        owner.run(slow::full);
        LongStream.rangeClosed(2, 6_099).forEach(uid -> announce(NEWS, uid));
        clock.pass(Duration.ofMillis(500));
        announce(NEWS, 6_100);
        owner.run(slow::drain);
        announce(NEWS, 6_101);

        assertThat(data(slow))
                .startsWith("reset:expired", "1901", "1902")
                .endsWith("6100", "6101")
                .hasSize(4_202);
        assertThat(data(fast)).containsExactlyElementsOf(texts(2, 6_101));
    }

    @Test
    void streamsOfSeveralChannels_haveTheCursorsOfAllInEachId() {
        append(NEWS, 1);
        append(SCORES, 501);
        RecordingStream both = subscribe(NEWS, SCORES);
        RecordingStream one = subscribe(NEWS);
        announce(NEWS, 2);
        announce(SCORES, 502);
        announce(NEWS, 3);

        assertThat(data(both)).containsExactly("2", "502", "3");
        assertThat(ids(both)).containsExactly(id(2, 501), id(2, 501, 502), id(3, 501, 502));
        assertThat(ids(one)).containsExactly(id(2), id(3));
    }

    @Test
    void aSlowStreamOfSeveralChannels_getsEachChannelInOrder() {
        append(NEWS, 1);
        append(SCORES, 501);
        RecordingStream both = subscribe(NEWS, SCORES);
        owner.run(both::full);
        LongStream.rangeClosed(2, 290).forEach(uid -> {
            announce(NEWS, uid);
            announce(SCORES, 500 + uid);
        });
        owner.run(both::drain);

        assertThat(data(both).stream()
                        .filter(uid -> Integer.parseInt(uid) < 500)
                        .toList())
                .containsExactlyElementsOf(texts(2, 290));
        assertThat(data(both).stream()
                        .filter(uid -> Integer.parseInt(uid) > 500)
                        .toList())
                .containsExactlyElementsOf(texts(502, 790));
    }

    @Test
    void thousandsOfSubscribers_comeAndGoDuringARound_andNobodyMissesAnything() {
        append(NEWS, 1);
        List<RecordingStream> streams = new ArrayList<>();
        List<Cursor> joined = OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        settle();
        owner.run(() -> {
            for (int i = 0; i < 1_700; i++) {
                RecordingStream out = new RecordingStream();
                streams.add(out);
                seatNow(out, List.of(NEWS), joined);
            }
            announcement(NEWS, 2).run();
        });
        owner.run(() -> IntStream.range(0, 600).forEach(i -> streams.get(i).leave()));
        announce(NEWS, 3);
        owner.run(
                () -> IntStream.range(1_500, 1_700).forEach(i -> streams.get(i).leave()));
        announce(NEWS, 4);

        for (int i = 600; i < 1_500; i++) {
            assertThat(data(streams.get(i))).as("%d", i).containsExactly("2", "3", "4");
        }
    }

    private void announceFirst(Cursor.Start start) {
        owner.run(() -> {
            Frame genesis = Histories.genesis(9, -1, 0, clock.millis(), start.timeMillis());
            Frame first = Histories.event(1, -1, 1, 9, clock.millis());
            history.kept().append(NEWS, List.of(genesis, first)).result();
            NumberedFrame event = new NumberedFrame(1, first);
            hubs.announced(NEWS, start, List.of(event), event.cursor());
        });
        settle();
    }

    @Test
    void aStreamThatFailsWhenItIsSeated_leavesNoSeat() {
        append(NEWS, 1);
        RecordingStream other = subscribe(NEWS);
        Cursor start = owner.get(() -> tail(NEWS));
        announce(NEWS, 2);
        RecordingStream broken = new RecordingStream();
        broken.breaks();
        owner.run(() -> {
            Subscriber subscriber = new Subscriber(broken, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), 0);
            try {
                Bookmarks bookmarks = new Bookmarks(List.of(NEWS), List.of(start), reader::keeps);
                var unused = loop.seat(new StreamSeats(subscriber, bookmarks, StreamForm.PLAIN), List.of(tail(NEWS)));
            } catch (IllegalStateException asTold) {
                // It could not get its missing events.
            }
            subscriber.cut();
        });
        owner.run(other::leave);

        assertThat(owner.get(loop::channels)).isZero();
    }

    @Test
    void aStreamThatHasEndedBeforeItIsSeated_leavesNoSeat() {
        append(NEWS, 1);
        owner.run(() -> {
            RecordingStream gone = new RecordingStream();
            Subscriber subscriber = new Subscriber(gone, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), 0);
            gone.leave();
            List<Cursor> tails = List.of(tail(NEWS));
            Bookmarks bookmarks = new Bookmarks(List.of(NEWS), tails, reader::keeps);
            var unused = loop.seat(new StreamSeats(subscriber, bookmarks, StreamForm.PLAIN), tails);
        });

        assertThat(owner.get(loop::channels)).isZero();
    }

    /** The leader may have attached it after it was told to detach it, and would announce to nobody for ever. */
    @Test
    void aChannelThatIsAttachedAfterItsLastSubscriberHasLeft_isDetachedAgain() {
        append(NEWS, 1);
        append(SCORES, 2);
        attached = Promise.promise();
        CompletableFuture<List<Cursor>> joined = owner.begin(() -> hubs.join(List.of(NEWS), loop));
        owner.run(() -> hubs.leave(List.of(NEWS), loop));
        assertThat(owner.get(() -> List.copyOf(detached))).containsExactly(NEWS);

        owner.run(attached::complete);
        assertThat(OnContext.await(joined)).hasSize(1);
        assertThat(owner.get(() -> List.copyOf(detached))).containsExactly(NEWS, NEWS);

        owner.run(() -> hubs.reach(List.of(SCORES), List.of(tail(SCORES))));
        assertThat(owner.get(() -> List.copyOf(detached))).containsExactly(NEWS, NEWS, SCORES);
    }

    @Test
    void aChannelThatFailsToAttachAtOnce_isNotLive() {
        Hubs failing = new Hubs(
                new Owner(context),
                new Feed() {
                    @Override
                    public Future<Cursor> attach(ChannelName channel) {
                        throw new IllegalStateException("as told");
                    }

                    @Override
                    public void detach(ChannelName channel) {}
                },
                reader,
                StreamOptions.DEFAULT,
                new ChannelRoom(rules, 10),
                clock,
                meters,
                new ChannelMeters(rules, meters));
        assertThatThrownBy(() -> OnContext.await(owner.begin(() -> failing.join(List.of(NEWS, SCORES), loop))))
                .hasMessageContaining("as told");

        assertThat(owner.get(failing::channels)).isEmpty();
    }

    private int readingsUntilItHas(RecordingStream slow, List<String> data) {
        int before = owner.get(history::readings);
        owner.run(slow::drain);
        assertThat(data(slow)).containsExactlyElementsOf(data);
        return owner.get(history::readings) - before;
    }

    private void appendLarge(long uid, int length) {
        owner.run(() -> assertThat(appendLargeNow(uid, length).sequence()).isEqualTo(uid));
    }

    private NumberedFrame appendLargeNow(long uid, int length) {
        Cursor.At before = (Cursor.At) tail(NEWS);
        Event event = new Event(null, "x".repeat(length), null);
        Frame frame = new EventFrame(uid, before.sequence(), 0, before.tag(), clock.millis(), event);
        long sequence = history.kept().append(NEWS, List.of(frame)).result();
        NumberedFrame numbered = new NumberedFrame(sequence, frame);
        tails.put(NEWS, numbered.cursor());
        return numbered;
    }

    private void announceLarge(long uid, int length) {
        owner.run(() -> {
            Cursor from = tail(NEWS);
            NumberedFrame event = appendLargeNow(uid, length);
            hubs.announced(NEWS, from, List.of(event), event.cursor());
        });
        settle();
    }

    private RecordingStream resume(String lastEventId, ChannelName channel) {
        StreamStart start = start(lastEventId, channel);
        assertThat(encoded(start)).doesNotContain("stream-reset");
        return seat(start.bookmarks().channels(), List.of(start.bookmarks().at(0)));
    }

    private String firstEvents(String lastEventId) {
        return encoded(start(lastEventId, NEWS));
    }

    private StreamStart start(String lastEventId, ChannelName channel) {
        List<Cursor> joined = OnContext.await(owner.begin(() -> hubs.join(List.of(channel), loop)));
        return owner.call(() -> StreamStart.find(
                reader,
                loop,
                List.of(channel),
                joined,
                new StartPoint(Optional.of(lastEventId), OptionalInt.empty(), OptionalLong.empty()),
                List.of(StreamForm.PLAIN),
                none -> false));
    }

    private String encoded(StreamStart start) {
        return owner.get(() -> start.encode(new Event("stream-open", "", null))).toString();
    }

    private static String id(long uid) {
        return EventId.encode(List.of(NEWS), List.of(Histories.afterEvent(uid)));
    }

    private static String id(long news, long... scores) {
        return EventId.encode(
                List.of(NEWS, SCORES), List.of(Histories.afterEvent(news), Histories.afterEvents(scores)));
    }
}
