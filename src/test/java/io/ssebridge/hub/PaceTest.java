package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long MILLISECOND = 1_000_000;

    private final Pace pace = new Pace(Duration.ofMillis(10));

    @Test
    void theFirst_goesOutAtOnce() {
        assertThat(pace.waitMillis(System.nanoTime())).isZero();
    }

    @Test
    void underLoad_theNextWaits32TimesAsLongAsTheLastTook() {
        pace.made(0, MILLISECOND / 4);

        assertThat(pace.waitMillis(MILLISECOND / 4)).isEqualTo(8);
        assertThat(pace.waitMillis(4 * MILLISECOND)).isEqualTo(4);
    }

    @Test
    void noWait_isLongerThanTheRuleAllows() {
        pace.made(0, 50 * MILLISECOND);

        assertThat(pace.waitMillis(50 * MILLISECOND)).isEqualTo(10);
    }

    @Test
    void afterAPause_theNextGoesOutAtOnce() {
        pace.made(0, MILLISECOND);

        assertThat(pace.waitMillis(11 * MILLISECOND)).isZero();
        assertThat(pace.waitMillis(Long.MAX_VALUE / 2)).isZero();
    }

    @Test
    void aRoundToFewSubscribers_delaysNothing() {
        pace.made(0, MILLISECOND / 50);

        assertThat(pace.waitMillis(MILLISECOND / 50)).isZero();
    }

    @Test
    void aRuleWithoutLinger_delaysNothing() {
        Pace none = new Pace(Duration.ZERO);
        none.made(0, 50 * MILLISECOND);

        assertThat(none.waitMillis(50 * MILLISECOND)).isZero();
    }
}
