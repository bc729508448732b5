package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.subscriber.NoDirectMemoryException;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.RecordingStream;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** No exception and no silence of a history keeps events from subscribers that can take them. */
@Timeout(120)
class HubFaultTest extends HubFixture {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int SIZE = 100_000;
    private static final int LARGE = 20_000;
    // Longer than the watchdog waits.
    private static final Duration LONG = Duration.ofSeconds(11);

    HubFaultTest(Vertx vertx) {
        super(vertx, Histories.rules(SIZE, Duration.ofDays(1)));
    }

    @Test
    void aStreamThatCannotBeWrittenTo_isCut_andTheRoundGoesOn() {
        append(NEWS, 1);
        List<RecordingStream> outs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            outs.add(subscribe(NEWS));
        }
        RecordingStream broken = outs.get(1);
        RecordingStream worse = outs.get(3);
        owner.run(() -> {
            broken.fail(() -> new IllegalStateException("broken"));
            worse.fail(() -> new AssertionError("worse"));
        });
        announce(NEWS, 2);
        announce(NEWS, 3);

        assertThat(broken.isAborted()).isTrue();
        assertThat(worse.isAborted()).isTrue();
        outs.removeAll(List.of(broken, worse));
        for (RecordingStream out : outs) {
            assertThat(data(out)).containsExactly("2", "3");
        }
        assertThat(data(subscribe(NEWS))).isEmpty();
        announce(NEWS, 4);
        assertThat(data(outs.get(0))).containsExactly("2", "3", "4");
    }

    @Test
    void allStreamsOfAnAudience_mayBreakAtOnce() {
        append(NEWS, 1);
        List<RecordingStream> outs = new ArrayList<>();
        List<Cursor> joined = OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        owner.run(() -> {
            for (int i = 0; i < 3_000; i++) {
                RecordingStream out = new RecordingStream();
                seatNow(out, List.of(NEWS), joined);
                out.fail(() -> new IllegalStateException("broken"));
                outs.add(out);
            }
        });
        RecordingStream healthy = seat(List.of(NEWS), joined);
        announce(NEWS, 2);
        announce(NEWS, 3);

        assertThat(data(healthy)).containsExactly("2", "3");
        assertThat(outs).allMatch(RecordingStream::isAborted);
    }

    @Test
    void whenThereIsNoMemory_everybodyWaitsAndNobodyMissesAnything() {
        append(NEWS, 1);
        append(SCORES, 501);
        RecordingStream fine = subscribe(NEWS);
        RecordingStream alone = subscribe(NEWS);
        RecordingStream both = subscribe(NEWS, SCORES);
        owner.run(() -> List.of(alone, both).forEach(HubFaultTest::starve));
        announce(NEWS, 2);
        announce(NEWS, 3);
        owner.run(() -> List.of(alone, both).forEach(out -> out.fail(null)));

        for (RecordingStream out : List.of(fine, alone, both)) {
            Eventually.holds("all events", PATIENCE, () -> data(out).equals(List.of("2", "3")));
            assertThat(out.isAborted()).isFalse();
        }
        assertThat(ids(both)).containsExactly(id(2, 501), id(3, 501));
        announce(NEWS, 4);
        assertThat(data(both)).containsExactly("2", "3", "4");
    }

    @Test
    void whenThereIsNoMemoryForASlowSubscriber_itGetsItsEventsWithoutANewOne() {
        append(NEWS, 1);
        RecordingStream slow = subscribe(NEWS);
        owner.run(slow::full);
        announce(NEWS, 2);
        owner.run(() -> {
            starve(slow);
            slow.drain();
            slow.fail(null);
        });

        Eventually.holds("the event", PATIENCE, () -> data(slow).equals(List.of("2")));
    }

    @Test
    void aStreamThatCannotBeWrittenToWhileItCatchesUp_isCut_andTheOthersGoOn() {
        append(NEWS, LongStream.rangeClosed(1, 1_000).toArray());
        List<Cursor> joined = OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        assertThat(joined).hasSize(1);
        Promise<Void> gate = holdNextRead();
        RecordingStream broken = new RecordingStream();
        broken.fail(() -> new IllegalStateException("broken"));
        RecordingStream starved = new RecordingStream();
        starve(starved);
        RecordingStream fine = new RecordingStream();
        owner.run(() -> List.of(broken, starved, fine)
                .forEach(out -> seatNow(out, List.of(NEWS), List.of(Histories.afterEvent(1)))));
        owner.run(gate::complete);
        settle();
        owner.run(() -> starved.fail(null));

        assertThat(broken.isAborted()).isTrue();
        for (RecordingStream out : List.of(starved, fine)) {
            Eventually.holds("all events", PATIENCE, () -> data(out).equals(texts(2, 1_000)));
        }
    }

    @Test
    void aHistoryThatThrows_isReadAgain_forASubscriberThatCatchesUp() {
        append(NEWS, 1, 2);
        OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        throwOnNextRead();
        RecordingStream out = seat(List.of(NEWS), List.of(Histories.afterEvent(1)));

        Eventually.holds("the event", PATIENCE, () -> data(out).equals(List.of("2")));
    }

    @Test
    void aHistoryThatThrows_isReadAgain_whereAnnouncementsWereMissed() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        append(NEWS, 2);
        throwOnNextRead();
        announceTail(NEWS);
        announce(NEWS, 3);

        Eventually.holds("the events", PATIENCE, () -> data(out).equals(List.of("2", "3")));
    }

    @Test
    void aHistoryThatNeverAnswers_isAskedAgain_forASubscriberThatCatchesUp() {
        append(NEWS, 1, 2);
        OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        Promise<Void> never = holdNextRead();
        RecordingStream out = seat(List.of(NEWS), List.of(Histories.afterEvent(1)));
        assertThat(data(out)).isEmpty();
        clock.pass(LONG);

        Eventually.holds("the event", PATIENCE, () -> data(out).equals(List.of("2")));
        assertThat(stuck()).isPositive();
        owner.run(never::complete);
        announce(NEWS, 3);
        assertThat(data(out)).containsExactly("2", "3");
    }

    @Test
    void aHistoryThatNeverAnswers_isAskedAgain_whereAnnouncementsWereMissed() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        append(NEWS, 2);
        Promise<Void> never = holdNextRead();
        announceTail(NEWS);
        announce(NEWS, 3);
        assertThat(data(out)).isEmpty();

        Eventually.holds("the events", PATIENCE, () -> {
            clock.pass(LONG);
            return data(out).equals(List.of("2", "3"));
        });
        assertThat(stuck()).isPositive();
        owner.run(never::complete);
        announce(NEWS, 4);
        assertThat(data(out)).containsExactly("2", "3", "4");
    }

    // The fault should never happen: making room fails.
    @Test
    void anAudienceInWhichNothingMoves_isReset_andGoesOnFromTheHistory() {
        append(NEWS, 1);
        AtomicReference<Runnable> makeRoom = new AtomicReference<>(() -> {
            throw new IllegalStateException("no room");
        });
        Cursor joined = tail(NEWS);
        LoopResources resources = LoopResources.of(
                new Owner(context),
                reader,
                StreamOptions.DEFAULT,
                clock,
                () -> makeRoom.get().run(),
                new HubMeters(new SimpleMeterRegistry()));
        Audience audience = owner.get(() -> new Audience(resources, NEWS, Duration.ZERO, joined));
        RecordingStream out = new RecordingStream();
        RecordingStream other = new RecordingStream();
        owner.run(() -> List.of(out, other)
                .forEach(each -> audience.flush(audience.add(
                        subscriber(each),
                        new Bookmarks(List.of(NEWS), List.of(joined), reader::keeps),
                        0,
                        StreamForm.PLAIN))));
        assertThat(owner.get(audience::resetIfStuck)).isFalse();
        append(NEWS, 2);
        EncodedEvent two = EncodedEvent.of(NEWS, numbered(NEWS, 2), true, StreamOptions.DEFAULT);
        owner.run(() -> {
            starve(out);
            try {
                audience.offer(joined, List.of(two), two.cursor());
            } catch (IllegalStateException expected) {
                assertThat(expected).hasMessage("no room");
            }
            out.fail(null);
            makeRoom.set(() -> {});
        });
        assertThat(data(out)).isEmpty();
        assertThat(owner.get(audience::resetIfStuck)).isFalse();
        int before = owner.get(history::readings);
        assertThat(owner.get(audience::resetIfStuck)).isTrue();

        assertThat(owner.get(history::readings)).as("nothing kept from before").isGreaterThan(before);
        assertThat(data(out)).containsExactly("2");
        assertThat(data(other)).containsExactly("2");
        assertThat(owner.get(audience::resetIfStuck)).isFalse();
        assertThat(owner.get(audience::resetIfStuck)).isFalse();
    }

    /** Part of the failed write may have gone out: more after it would be another stream than the client asked for. */
    @Test
    void aStreamThatCannotBeWrittenTo_getsNothingMore_beforeItIsAborted() {
        append(NEWS, 1, 2, 3);
        Audience audience = audienceAtFirst();
        RecordingStream broken = new RecordingStream();
        owner.run(() -> {
            seatAtFirst(audience, broken);
            broken.fail(() -> new IllegalStateException("broken"));
            offer(audience, 2);
            broken.fail(null);
            offer(audience, 3);
            assertThat(broken.text()).isEmpty();
        });
        settle();
        assertThat(broken.isAborted()).isTrue();
    }

    @Test
    void aSeatThatIsCut_staysCut() {
        Seat seat = new Seat(
                subscriber(new RecordingStream()),
                new Bookmarks(List.of(NEWS), List.of(new Cursor.Start(0)), reader::keeps),
                0,
                StreamForm.PLAIN,
                0);
        seat.goLive(5);
        assertThat(seat.lacks(6)).isTrue();
        seat.cut();
        List<Runnable> transitions = List.of(
                () -> seat.goLive(5),
                () -> seat.place(OptionalLong.of(5)),
                () -> seat.place(OptionalLong.empty()),
                seat::startReading,
                () -> seat.endReading(false),
                () -> seat.endReading(true),
                seat::takeAnnouncement);
        for (Runnable transition : transitions) {
            transition.run();
            assertThat(seat.lacks(6)).isFalse();
            assertThat(seat.isDue(6)).isFalse();
            assertThat(seat.isReading()).isFalse();
        }
    }

    private Audience audienceAtFirst() {
        LoopResources resources = LoopResources.of(
                new Owner(context),
                reader,
                StreamOptions.DEFAULT,
                clock,
                () -> {},
                new HubMeters(new SimpleMeterRegistry()));
        return owner.get(() ->
                new Audience(resources, NEWS, Duration.ZERO, numbered(NEWS, 1).cursor()));
    }

    private void seatAtFirst(Audience audience, RecordingStream out) {
        List<Cursor> first = List.of(numbered(NEWS, 1).cursor());
        audience.flush(
                audience.add(subscriber(out), new Bookmarks(List.of(NEWS), first, reader::keeps), 0, StreamForm.PLAIN));
    }

    @Test
    void anAudienceInWhichEventsWaitAtEachCheck_isNotReset_ifOthersWentOutInBetween() {
        append(NEWS, 1, 2, 3);
        Audience audience = audienceAtFirst();
        RecordingStream out = new RecordingStream();
        // No handler flushes its seat when it is writable again.
        RecordingStream slow = new RecordingStream();
        owner.run(() -> {
            seatAtFirst(audience, out);
            seatAtFirst(audience, slow);
            slow.full();
            offer(audience, 2);
            slow.drain();
            assertThat(audience.resetIfStuck()).isFalse();
            slow.full();
            offer(audience, 3);
            slow.drain();
            assertThat(out.data()).containsExactly("2", "3");
            assertThat(slow.data()).isEmpty();
            assertThat(audience.resetIfStuck()).isFalse();
            assertThat(audience.resetIfStuck()).isTrue();
        });
        assertThat(data(slow)).containsExactly("2", "3");
    }

    private void offer(Audience audience, long uid) {
        EncodedEvent event = EncodedEvent.of(NEWS, numbered(NEWS, uid), true, StreamOptions.DEFAULT);
        audience.offer(numbered(NEWS, uid - 1).cursor(), List.of(event), event.cursor());
    }

    @Test
    void channelsOnWhichNothingHappens_areNotReset() {
        append(NEWS, 1);
        RecordingStream here = subscribe(NEWS);
        RecordingStream slow = subscribe(NEWS);
        owner.run(slow::full);
        announce(NEWS, 2);
        // Ahead of the tail that was announced here.
        append(NEWS, 3);
        RecordingStream ahead = seat(List.of(NEWS), List.of(tail(NEWS)));
        for (int i = 0; i < 3; i++) {
            clock.pass(LONG);
            assertThat(owner.get(() -> loop.resetStuck())).isEmpty();
            assertThat(owner.get(() -> hubs.resetStuck())).isEmpty();
        }
        assertThat(data(here)).containsExactly("2");
        assertThat(data(ahead)).isEmpty();
    }

    @Test
    void aHundredThousandEvents_areCaughtUpWith_howeverFastTheHistoryAnswers() {
        append(NEWS, LongStream.rangeClosed(1, 99_990).toArray());
        RecordingStream out = subscribe(NEWS);
        List<Long> depths = new ArrayList<>();
        owner.run(() -> IntStream.range(0, 300)
                .forEach(i -> history.nextRead(read -> {
                    depths.add(StackWalker.getInstance().walk(Stream::count));
                    return read.get();
                })));
        RecordingStream all = seat(List.of(NEWS), List.of(Histories.afterEvent(1)));
        announce(NEWS, 99_991);

        Eventually.holds("all events", PATIENCE, () -> owner.get(all::text).contains("data: 99991\n"));
        assertThat(data(all)).containsExactlyElementsOf(texts(2, 99_991));
        assertThat(data(out)).containsExactly("99991");
        assertThat(depths).hasSize(300);
        // The stack does not grow from reading to reading.
        assertThat(Collections.max(depths)).isLessThan(Collections.min(depths) + 100);
    }

    @Test
    void aHoleOfAHundredThousandEvents_isFilled_howeverFastTheHistoryAnswers() {
        append(NEWS, 1);
        RecordingStream out = subscribe(NEWS);
        append(NEWS, LongStream.rangeClosed(2, 99_990).toArray());
        announceTail(NEWS);

        Eventually.holds("all events", PATIENCE, () -> owner.get(out::text).contains("data: 99990\n"));
        assertThat(data(out)).containsExactlyElementsOf(texts(2, 99_990));
    }

    @Test
    void catchingUp_readsOnlyTheEventsThatItWrites() {
        appendLarge(100);
        OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        List<RecordingStream> outs = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            RecordingStream out = new RecordingStream();
            out.fillUp();
            outs.add(out);
            owner.run(() -> seatNow(out, List.of(NEWS), List.of(Histories.afterEvent(1))));
        }
        int before = owner.get(history::framesRead);
        for (int i = 0; i < 100; i++) {
            outs.forEach(out -> owner.run(out::drain));
        }
        int read = owner.get(history::framesRead) - before;

        for (RecordingStream out : outs) {
            assertThat(owner.get(out::writes)).hasSizeBetween(25, 50);
            assertThat(data(out)).hasSize(100);
        }
        // Each frame once for all of them, and once more where one reading ends and the next begins.
        assertThat(read).isLessThan(150);
        assertThat(outs.get(1).newest()).isSameAs(outs.get(0).newest());
    }

    @Test
    void pagesThatWereRead_areReleased_andNeverMoreThanTheLoopMayKeep() {
        appendLarge(400);
        OnContext.await(owner.begin(() -> hubs.join(List.of(NEWS), loop)));
        RecordingStream out = seat(List.of(NEWS), List.of(Histories.afterEvent(1)));
        Eventually.holds("all events", PATIENCE, () -> data(out).size() == 400);

        assertThat(owner.get(loop::pageBytes)).isBetween(1L, 2L << 20);
        Eventually.holds("the pages to be let go of", PATIENCE, () -> owner.get(loop::pageBytes) == 0);
    }

    private static void starve(RecordingStream out) {
        out.fail(() -> new NoDirectMemoryException(new OutOfMemoryError("no direct memory")));
    }

    private double stuck() {
        return meters.counter("sse.hub.stuck").count();
    }

    /** One small event, and large ones. */
    private void appendLarge(int count) {
        append(NEWS, 1);
        owner.run(() -> {
            for (int i = 0; i < count; i++) {
                Cursor.At before = (Cursor.At) tail(NEWS);
                Event event = new Event(null, "x".repeat(LARGE), null);
                Frame frame = new EventFrame(2 + i, before.sequence(), 0, before.tag(), clock.millis(), event);
                long sequence = history.kept().append(NEWS, List.of(frame)).result();
                tails.put(NEWS, new NumberedFrame(sequence, frame).cursor());
            }
        });
    }

    private void throwOnNextRead() {
        owner.run(() -> history.nextRead(read -> {
            throw new IllegalStateException("the history is broken");
        }));
    }

    private static String id(long news, long scoreUid) {
        return EventId.encode(
                List.of(NEWS, SCORES), List.of(Histories.afterEvent(news), Histories.afterEvents(scoreUid)));
    }
}
