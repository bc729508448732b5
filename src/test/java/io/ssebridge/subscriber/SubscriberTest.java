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
    private final Subscriber subscriber = new Subscriber(out, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), 0);

    @Test
    void aStreamThatTakesNothingForTheTimeAllowed_isCutOff() {
        subscriber.onClose(() -> told.add("closed"));
        out.full();
        subscriber.write(FRAME, 1_000);

        subscriber.tick(OPTIONS, 60_999, 0);
        assertThat(told).isEmpty();
        subscriber.tick(OPTIONS, 61_000, 0);
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
        subscriber.tick(OPTIONS, 61_000, 0);

        assertThat(told).isEmpty();
        assertThat(subscriber.isOpen()).isTrue();
    }

    @Test
    void aStreamThatIsFull_getsNoHeartbeatOnTop() {
        out.full();
        subscriber.write(FRAME, 0);
        subscriber.tick(OPTIONS, 20_000, 0);
        assertThat(out.writes()).hasSize(1);

        out.drain();
        subscriber.tick(OPTIONS, 20_000, 0);
        assertThat(out.text()).endsWith("\n: \n");
    }

    @Test
    void aStreamThatHasNotBegun_isNotWarned() {
        Subscriber early = new Subscriber(out, new StreamLifetime(30_000, Long.MAX_VALUE), 0);
        early.tick(OPTIONS, 1_000, 1_000);
        assertThat(out.text()).doesNotContain("stream-warning");

        early.begin(FRAME, 2_000);
        early.tick(OPTIONS, 3_000, 3_000);
        assertThat(out.text()).contains("data: x\n\nevent: stream-warning");
    }

    @Test
    void aStreamWithANewToken_isWarnedAgain_andEndsWithThatToken() {
        Subscriber one = new Subscriber(out, new StreamLifetime(40_000, Long.MAX_VALUE), 0);
        one.begin(FRAME, 0);
        one.tick(OPTIONS, 10_000, 10_000);
        one.extend(100_000);
        one.tick(OPTIONS, 40_000, 40_000);
        assertThat(one.isOpen()).isTrue();
        assertThat(out.text().split("event: stream-warning", -1)).hasSize(2);

        one.tick(OPTIONS, 70_000, 70_000);
        assertThat(out.text().split("event: stream-warning", -1)).hasSize(3);
        one.tick(OPTIONS, 100_000, 100_000);
        assertThat(out.text()).endsWith("data: {\"reason\":\"token-expired\",\"reconnect\":true}\n\n");
    }

    @Test
    void aNewTokenWithAnotherExpiry_leavesTheAgeOfTheStream() {
        Subscriber one = new Subscriber(out, new StreamLifetime(10_000, 20_000), 0);
        one.extend(Long.MAX_VALUE);
        one.tick(OPTIONS, 20_000, 20_000);

        assertThat(out.text()).contains("max-age");
    }

    // A sink that is filled and emptied by one write says so while it is being written to.
    @Test
    void aSinkThatIsWritableAgainDuringAWrite_changesNothing() {
        RecordingStream quick = new RecordingStream();
        quick.drainOnWrite();
        Subscriber one = new Subscriber(quick, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), 0);
        one.onWritable(() -> told.add("writable"));
        one.write(FRAME, 1_000);
        assertThat(told).isEmpty();
    }

    @Test
    void aSinkThatWasFull_andIsEmptiedByAWrite_isWritableAgain() {
        subscriber.onWritable(() -> told.add("writable"));
        out.full();
        subscriber.write(FRAME, 1_000);
        out.drainOnWrite();
        subscriber.write(FRAME, 2_000);

        assertThat(told).containsExactly("writable");
    }

    @Test
    void aStreamWithoutMemoryForItsFirstFrames_isCut() {
        out.fail(() -> new NoDirectMemoryException(new OutOfMemoryError("direct")));
        subscriber.onClose(() -> told.add("closed"));
        subscriber.begin(FRAME, 0);

        assertThat(out.isAborted()).isTrue();
        assertThat(told).containsExactly("closed");
    }

    @Test
    void aHandlerOfTheEnd_runsAtOnce_whenTheStreamHasEnded() {
        out.leave();
        subscriber.onClose(() -> told.add("closed"));

        assertThat(told).containsExactly("closed");
    }

    @Test
    void aStreamThatCannotBeToldWhyItEnds_endsAllTheSame() {
        out.fail(() -> new NoDirectMemoryException(new OutOfMemoryError("direct")));
        subscriber.onClose(() -> told.add("closed"));
        subscriber.close(CloseReason.DRAINING);

        assertThat(out.isAborted()).isTrue();
        assertThat(told).containsExactly("closed");
    }

    @Test
    void aHandlerOfTheEndThatFails_keepsNoOtherFromIt() {
        subscriber.onClose(() -> {
            throw new IllegalStateException("as told");
        });
        subscriber.onClose(() -> told.add("closed"));
        out.leave();

        assertThat(told).containsExactly("closed");
    }

    @Test
    void aStreamThatTakesNoLastWord_isCutOff_andEndsAllTheSame() {
        subscriber.onClose(() -> told.add("closed"));
        out.breaks();

        subscriber.close(CloseReason.DRAINING);
        assertThat(told).containsExactly("closed");
        assertThat(out.isAborted()).isTrue();
    }

    @Test
    void intervalsAreMeasured_whereverTheMonotonicClockBegins() {
        long start = Long.MIN_VALUE + 5;
        Subscriber early = new Subscriber(out, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), start);
        early.tick(OPTIONS, start + 14_999, 0);
        assertThat(out.text()).isEmpty();
        early.tick(OPTIONS, start + 15_000, 0);
        assertThat(out.text()).isEqualTo(": \n");

        out.full();
        early.write(FRAME, start + 20_000);
        early.tick(OPTIONS, start + 79_999, 0);
        assertThat(early.isOpen()).isTrue();
        early.tick(OPTIONS, start + 80_000, 0);
        assertThat(early.isOpen()).isFalse();
    }

    @Test
    void theAgeIsAnInterval_andTheExpiryATimeOfTheWallClock() {
        Subscriber byAge = new Subscriber(out, new StreamLifetime(Long.MAX_VALUE, 10_000), 0);
        byAge.tick(OPTIONS, 9_999, 1_000_000);
        assertThat(byAge.isOpen()).isTrue();
        byAge.tick(OPTIONS, 10_000, 0);
        assertThat(byAge.isOpen()).isFalse();

        Subscriber byToken = new Subscriber(out, new StreamLifetime(10_000, Long.MAX_VALUE), 0);
        byToken.tick(OPTIONS, 1_000_000, 9_999);
        assertThat(byToken.isOpen()).isTrue();
        byToken.tick(OPTIONS, 1_000_000, 10_000);
        assertThat(byToken.isOpen()).isFalse();
    }
}
