package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.FakeClock;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class NodeHealthTest {
    private final FakeClock clock = new FakeClock();
    private final NodeHealth health = new NodeHealth(clock);
    private final NodeHealth.Pulse one = health.watch();
    private final NodeHealth.Pulse other = health.watch();

    private void secondsPass(int seconds, NodeHealth.Pulse... beating) {
        for (int i = 0; i < seconds; i++) {
            clock.pass(Duration.ofSeconds(1));
            for (NodeHealth.Pulse pulse : beating) {
                pulse.beat();
            }
        }
    }

    @Test
    void anEventLoopThatIsStuckFor8Seconds_isNotLiveUntilItGoesOn() {
        secondsPass(7, one);
        assertThat(health.isLive()).isTrue();

        secondsPass(1, one);
        assertThat(health.isLive()).isFalse();
        assertThat(health.isReady()).isFalse();

        other.beat();
        assertThat(health.isLive()).isTrue();
    }

    @Test
    void aProcessThatWasFrozenAsAWhole_isLiveAtOnce() {
        secondsPass(60);

        assertThat(health.isLive()).isTrue();
    }

    @Test
    void anEventLoopThatIsNoLongerWatched_isNotMissed() {
        other.end();
        secondsPass(60, one);

        assertThat(health.isLive()).isTrue();
    }

    @Test
    void aStepOfTheWallClock_changesNothing() {
        clock.stepWallClock(Duration.ofHours(-1));
        one.beat();
        clock.stepWallClock(Duration.ofHours(2));
        other.beat();

        assertThat(health.isLive()).isTrue();
    }

    @Test
    void anExhaustedHeap_failsTheNodeForGood() {
        OutOfMemoryError exhausted = new OutOfMemoryError("Java heap space");

        health.unhandled(new StackOverflowError());
        health.unhandled(new OutOfMemoryError("Cannot reserve 4096 bytes of direct buffer memory"));
        assertThat(health.isLive()).isTrue();

        health.unhandled(new IllegalStateException(exhausted));
        assertThat(health.isLive()).isFalse();
        assertThat(health.failed().result()).hasCause(exhausted);
    }
}
