package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.event.Cursor;
import io.ssebridge.leader.RecentUids.Known;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.testing.FakeClock;
import java.time.Duration;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class RecentUidsTest {
    private static final int MAX_BYTES = 1 << 20;

    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final RecentUids recent =
            new RecentUids(new LoopThread(Thread.currentThread()), new DedupRoom(MAX_BYTES, 1, meters), clock);
    private final int term = recent.newTerm();
    // Of two event loops of a node.
    private final DedupRoom room = new DedupRoom(MAX_BYTES, 2, meters);
    private final RecentUids busy = new RecentUids(new LoopThread(Thread.currentThread()), room, clock);
    private final RecentUids other = new RecentUids(new LoopThread(Thread.currentThread()), room, clock);
    private final int its = busy.newTerm();
    private final int others = other.newTerm();

    @Test
    void anEventWithoutAKey_isKnownFor20Seconds_andOneWithAKeyForItsWindow() {
        add(1, false);
        add(2, true);
        clock.pass(Duration.ofMillis(19_999));
        assertThat(remembered()).containsExactly(1, 2);
        clock.pass(Duration.ofMillis(1));
        assertThat(remembered()).containsExactly(2);
        clock.pass(IdempotencyKeys.WINDOW.minusMillis(20_001));
        assertThat(remembered()).containsExactly(2);
        clock.pass(Duration.ofMillis(1));
        assertThat(remembered()).isEmpty();
    }

    @Test
    void anEventThatIsOldAlready_isKnownForTheRestOfItsWindow() {
        recent.add(term, 1, true, known(1), IdempotencyKeys.WINDOW.toMillis() - 1);
        recent.add(term, 2, true, known(2), IdempotencyKeys.WINDOW.toMillis());
        assertThat(remembered()).containsExactly(1);
        clock.pass(Duration.ofMillis(1));

        assertThat(remembered()).isEmpty();
    }

    @Test
    void anotherTerm_knowsNothingOfTheOneBefore() {
        add(1, true);
        int next = recent.newTerm();

        assertThat(recent.find(next, 1, true)).isNull();
        assertThat(recent.find(term, 1, true)).isEqualTo(known(1));
    }

    /** 177 bytes for each event were kept for as long as a channel was quiet. */
    @Test
    void expiredUids_areReleased_whereNothingComesAnyMore() {
        recent.sweep();
        double empty = bytes();
        LongStream.rangeClosed(1, 10_000).forEach(uid -> add(uid, uid % 2 == 0));
        recent.sweep();
        assertThat(bytes() - empty).isBetween(10_000 * 40.0, 10_000 * 60.0);
        clock.pass(IdempotencyKeys.WINDOW);
        LongStream.rangeClosed(1, 10).forEach(again -> recent.sweep());

        assertThat(bytes()).isEqualTo(empty);
    }

    @Test
    void theMetric_survivesAGarbageCollection() {
        System.gc();

        assertThat(bytes()).isNotNaN();
    }

    @Test
    void moreThanThereIsRoomFor_isForgotten_theOldestFirst() {
        for (long uid = 1; uid <= 100_000; uid++) {
            add(uid, uid % 2 == 0);
            clock.pass(Duration.ofMillis(uid % 10 == 0 ? 1 : 0));
        }
        recent.sweep();

        assertThat(bytes()).isBetween(MAX_BYTES / 2.0, (double) MAX_BYTES);
        assertThat(recent.find(term, 99_999, false)).isEqualTo(known(99_999));
        assertThat(recent.find(term, 100_000, true)).isEqualTo(known(100_000));
        assertThat(recent.find(term, 2, true)).isNull();
        long known = LongStream.rangeClosed(1, 100_000)
                .filter(uid -> recent.find(term, uid, uid % 2 == 0) != null)
                .count();
        assertThat(meters.get("sse.dedup.forgotten").counter().count()).isEqualTo((double) (100_000 - known));
        assertThat(LongStream.rangeClosed(100_001 - known, 100_000)
                        .filter(uid -> recent.find(term, uid, uid % 2 == 0) == null)
                        .count())
                .isLessThan(1_000);
    }

    @Test
    void aBusyEventLoop_takesTheMemoryThatAnotherOneDoesNotNeed() {
        other.add(others, 1, true, known(1), 0);
        LongStream.rangeClosed(1, 100_000).forEach(uid -> busy.add(its, uid, true, known(uid), 0));
        busy.sweep();

        assertThat((double) busy.sweptBytes()).isBetween(0.6 * MAX_BYTES, (double) MAX_BYTES);
    }

    @Test
    void theOldestEventsOfTheNode_areForgottenFirst_onWhicheverEventLoop() {
        LongStream.rangeClosed(1, 10_000).forEach(uid -> other.add(others, uid, true, known(uid), 0));
        publishForSeconds(15);

        assertThat(LongStream.rangeClosed(1, 15_000).filter(uid -> busy.find(its, uid, true) == null))
                .isEmpty();
        assertThat(LongStream.rangeClosed(1, 10_000).filter(uid -> other.find(others, uid, true) == null))
                .isNotEmpty();
    }

    @Test
    void anEventLoopThatTakesNothingOfTheSharedMemory_forgetsNothing() {
        LongStream.rangeClosed(1, 500).forEach(uid -> other.add(others, uid, true, known(uid), 0));
        publishForSeconds(50);

        assertThat(LongStream.rangeClosed(1, 500).filter(uid -> other.find(others, uid, true) == null))
                .isEmpty();
        assertThat(busy.find(its, 1, true)).isNull();
        assertThat(busy.find(its, 50_000, true)).isEqualTo(known(50_000));
    }

    /** Its index was large, although it had no more events. */
    @Test
    void eventsThatAreAddedWhileOthersTakeAllMemory_areKnown() {
        LongStream.rangeClosed(1, 16_500).forEach(uid -> other.add(others, uid, true, known(uid), 0));
        clock.pass(IdempotencyKeys.WINDOW);
        other.sweep();
        room.count(0, 2 * MAX_BYTES);
        for (long uid = 20_001; uid <= 30_000; uid++) {
            other.add(others, uid, true, known(uid), 0);
            assertThat(other.find(others, uid, true)).isEqualTo(known(uid));
        }

        assertThat(LongStream.rangeClosed(29_501, 30_000).filter(uid -> other.find(others, uid, true) == null))
                .isEmpty();
    }

    /** A thousand events each second, and a sweep each 250 ms. */
    private void publishForSeconds(int seconds) {
        for (long uid = 1; uid <= 1_000L * seconds; uid++) {
            clock.pass(Duration.ofMillis(1));
            busy.add(its, uid, true, known(uid), 0);
            if (uid % 250 == 0) {
                other.sweep();
                busy.sweep();
            }
        }
    }

    private void add(long uid, boolean withKey) {
        recent.add(term, uid, withKey, known(uid), 0);
    }

    private static Known known(long uid) {
        return new Known(uid, new Cursor.At(uid, 7));
    }

    private double bytes() {
        return meters.get("sse.dedup.bytes").gauge().value();
    }

    private long[] remembered() {
        return LongStream.rangeClosed(1, 5)
                .filter(uid -> recent.find(term, uid, false) != null)
                .toArray();
    }
}
