package io.ssebridge.subscriber;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.RecordingStream;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubscriberTest {
    private static final StreamOptions OPTIONS = new StreamOptions(
            Duration.ofSeconds(15),
            Duration.ofSeconds(2),
            Duration.ofMillis(500),
            Duration.ofSeconds(60),
            Duration.ZERO,
            Duration.ofSeconds(30),
            Duration.ofSeconds(60));
    private static final Buffer FRAME = Buffer.buffer("data: x\n\n");

    private final RecordingStream out = new RecordingStream();
    private final List<String> told = new ArrayList<>();
    private final Subscriber subscriber = new Subscriber(out, new Lifetime(Long.MAX_VALUE, Long.MAX_VALUE), 0);

    @Test
    void aStreamThatTakesNothingForTheTimeAllowed_isCutOff() {
        subscriber.onClose(() -> told.add("closed"));
        out.full();
        subscriber.write(FRAME, 1_000);

        subscriber.tick(OPTIONS, 60_999);
        assertThat(told).isEmpty();
        subscriber.tick(OPTIONS, 61_000);
        assertThat(told).containsExactly("closed");
        assertThat(out.isAborted()).isTrue();
        assertThat(subscriber.isOpen()).isFalse();
    }

    @Test
    void aStreamThatTakesSomethingNowAndThen_goesOn() {
        out.full();
        subscriber.write(FRAME, 1_000);
        out.drain();
        out.full();
        subscriber.write(FRAME, 50_000);
        subscriber.tick(OPTIONS, 61_000);

        assertThat(told).isEmpty();
        assertThat(subscriber.isOpen()).isTrue();
    }

    @Test
    void aStreamThatIsFull_getsNoHeartbeatOnTop() {
        out.full();
        subscriber.write(FRAME, 0);
        subscriber.tick(OPTIONS, 20_000);
        assertThat(out.writes()).hasSize(1);

        out.drain();
        subscriber.tick(OPTIONS, 20_000);
        assertThat(out.text()).endsWith("\n:\n");
    }

    @Test
    void aStreamThatHasNotBegun_isNotWarned() {
        Subscriber early = new Subscriber(out, new Lifetime(30_000, Long.MAX_VALUE), 0);
        early.tick(OPTIONS, 1_000);
        assertThat(out.text()).doesNotContain("stream-warning");

        early.begin(FRAME, 2_000);
        early.tick(OPTIONS, 3_000);
        assertThat(out.text()).contains("data: x\n\nevent: stream-warning");
    }
}
