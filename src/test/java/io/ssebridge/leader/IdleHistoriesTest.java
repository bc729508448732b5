package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.leader.IdleHistories.Idle;
import io.ssebridge.loop.LoopThread;
import java.util.List;
import org.junit.jupiter.api.Test;

class IdleHistoriesTest {
    private static final long NOW = 20_000;
    // The event loops offer this often.
    private static final long SWEEP = 250;

    private final LoopThread loop = new LoopThread(new Thread());
    private final LoopThread other = new LoopThread(new Thread());
    private final IdleHistories idle = new IdleHistories(2);

    private static Idle used(long lastUseMillis) {
        return new Idle(lastUseMillis, 100);
    }

    @Test
    void theCutOff_isTheLastUseAtWhichTheOldestHistoriesOfAllEventLoopsAreEnough() {
        idle.offer(loop, List.of(used(1), used(4), used(5)), NOW);
        idle.offer(other, List.of(used(2), used(3), used(6)), NOW);

        assertThat(idle.cutOffMillis(loop, 1, NOW)).hasValue(1);
        assertThat(idle.cutOffMillis(other, 200, NOW)).hasValue(2);
        assertThat(idle.cutOffMillis(loop, 301, NOW)).hasValue(4);
    }

    @Test
    void ifAllTogetherAreNotEnough_allAreDestroyed() {
        idle.offer(loop, List.of(used(1)), NOW);
        idle.offer(other, List.of(used(6)), NOW);

        assertThat(idle.cutOffMillis(loop, 1_000, NOW)).hasValue(NOW);
    }

    @Test
    void anEventLoop_waitsForTheOffersOfTheOthers() {
        idle.offer(loop, List.of(used(1)), NOW);
        assertThat(idle.cutOffMillis(loop, 1, NOW)).isEmpty();

        idle.offer(other, List.of(), NOW);
        assertThat(idle.cutOffMillis(loop, 1, NOW)).hasValue(1);
    }

    @Test
    void theOnlyEventLoop_doesNotWait() {
        IdleHistories own = new IdleHistories(1);
        own.offer(loop, List.of(used(1)), NOW);

        assertThat(own.cutOffMillis(loop, 1, NOW)).hasValue(1);
    }

    @Test
    void anEventLoop_waitsOneSecondForAStalledOne() {
        for (long nowMillis = NOW; nowMillis < NOW + 1_000; nowMillis += SWEEP) {
            idle.offer(loop, List.of(used(5)), nowMillis);
            assertThat(idle.cutOffMillis(loop, 1, nowMillis)).isEmpty();
        }
        idle.offer(loop, List.of(used(5)), NOW + 1_000);
        assertThat(idle.cutOffMillis(loop, 1, NOW + 1_000)).hasValue(5);
    }

    @Test
    void theHistoriesOfAnEventLoopThatHasStalledSince_areNotCounted() {
        idle.offer(other, List.of(used(1)), NOW);
        for (long nowMillis = NOW; nowMillis < NOW + 1_000; nowMillis += SWEEP) {
            idle.offer(loop, List.of(used(5)), nowMillis);
            assertThat(idle.cutOffMillis(loop, 1, nowMillis)).hasValue(1);
        }
        idle.offer(loop, List.of(used(5)), NOW + 1_000);
        assertThat(idle.cutOffMillis(loop, 1, NOW + 1_000)).hasValue(5);
    }

    /** Otherwise, the next time that memory is scarce, an event loop would not wait for the others. */
    @Test
    void anOfferOfLongAgo_doesNotCountAsWaiting() {
        idle.offer(loop, List.of(used(5)), NOW);
        idle.offer(loop, List.of(used(5)), 2 * NOW);

        assertThat(idle.cutOffMillis(loop, 1, 2 * NOW)).isEmpty();
    }

    @Test
    void histories_areOfferedUntilTheyAreWithdrawn_orStale() {
        assertThat(idle.isOffered(NOW)).isFalse();
        idle.offer(loop, List.of(), NOW);
        assertThat(idle.isOffered(NOW)).isFalse();
        idle.offer(other, List.of(used(1)), NOW);
        assertThat(idle.isOffered(NOW + 999)).isTrue();
        assertThat(idle.isOffered(NOW + 1_000)).isFalse();

        idle.withdraw(other);
        assertThat(idle.isOffered(NOW)).isFalse();
    }
}
