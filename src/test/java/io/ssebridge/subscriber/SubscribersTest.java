package io.ssebridge.subscriber;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.subscriber.Subscribers.Slot;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.RecordingStream;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The count of the streams, and that all are served, even if one of them fails. */
@ExtendWith(VertxExtension.class)
@Timeout(30)
class SubscribersTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final FakeClock clock = new FakeClock();
    private final AtomicInteger count = new AtomicInteger();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final OnContext owner;
    private final Subscribers subscribers;

    SubscribersTest(Vertx vertx) {
        Context context = vertx.getOrCreateContext();
        owner = new OnContext(context);
        StalledStreams stalled = new StalledStreams(context, new StalledBytes(1 << 20, meters));
        subscribers = owner.get(
                () -> new Subscribers(vertx, StreamOptions.DEFAULT, clock, count, stalled, new StreamMeters(meters)));
    }

    private RecordingStream open() {
        RecordingStream out = new RecordingStream();
        owner.run(() -> subscribers.add(subscriber(out), admit()));
        return out;
    }

    private Subscriber subscriber(RecordingStream out) {
        return new Subscriber(out, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), clock.elapsedMillis());
    }

    private Slot admit() {
        return subscribers.admit(0).orElseThrow();
    }

    @Test
    void aCallOnAnotherThread_failsWithAnAssertion() {
        // From now on the thread of the event loop is known.
        owner.run(() -> {});
        assertThatThrownBy(() -> subscribers.admit(0)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> subscribers.drain(Duration.ZERO)).isInstanceOf(AssertionError.class);
    }

    @Test
    void aStreamThatHasEndedBefore_isNotCounted() {
        owner.run(() -> {
            RecordingStream out = new RecordingStream();
            Slot slot = admit();
            Subscriber subscriber = subscriber(out);
            out.leave();
            subscribers.add(subscriber, slot);
        });

        assertThat(count).hasValue(0);
    }

    @Test
    void aSlot_isGivenBackOnce() {
        owner.run(() -> {
            Slot slot = admit();
            RecordingStream out = new RecordingStream();
            subscribers.add(subscriber(out), slot);
            out.leave();
            slot.giveBack();
        });

        assertThat(count).hasValue(0);
    }

    @Test
    void noMoreThanAllowed_areAdmitted() {
        owner.run(() -> {
            Slot first = subscribers.admit(2).orElseThrow();
            Slot second = subscribers.admit(2).orElseThrow();
            assertThat(subscribers.admit(2)).isEmpty();
            assertThat(subscribers.isFull(2)).isTrue();
            first.giveBack();
            assertThat(subscribers.isFull(2)).isFalse();
            assertThat(subscribers.admit(2)).isPresent();
            assertThat(subscribers.isFull(0)).isFalse();
            second.giveBack();
        });
    }

    @Test
    void aStreamThatFailsWhenItIsLookedAfter_isCutOff_andTheOthersGoOn() {
        RecordingStream broken = open();
        broken.breaks();
        List<RecordingStream> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            others.add(open());
        }
        clock.pass(StreamOptions.DEFAULT.heartbeat());

        for (RecordingStream other : others) {
            Eventually.see("a heartbeat", PATIENCE, () -> owner.get(other::text), ": \n"::equals);
        }
        assertThat(owner.get(broken::isAborted)).isTrue();
        assertThat(count).hasValue(3);
    }

    // Ended one in each step of 100 ms, they would all come to the other nodes within the first second.
    @Test
    void aFewStreams_areEndedOverTheWholeTimeToo() {
        List<RecordingStream> streams = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            streams.add(open());
        }
        long start = System.nanoTime();
        CompletableFuture<Void> drained = owner.begin(() -> subscribers.drain(Duration.ofSeconds(2)));
        List<Duration> ends = new ArrayList<>();
        for (int i = 0; i < streams.size(); i++) {
            int ended = i;
            Eventually.see("an end", PATIENCE, count::get, open -> open < streams.size() - ended);
            ends.add(Duration.ofNanos(System.nanoTime() - start));
        }
        OnContext.await(drained);

        assertThat(ends.get(1)).isGreaterThan(Duration.ofMillis(400));
        assertThat(ends.get(2)).isGreaterThan(Duration.ofMillis(900));
        assertThat(ends.get(3)).isGreaterThan(Duration.ofMillis(1_400));
    }

    /** A second after this time, the server closes the connections of all streams that are left, all at once. */
    @Test
    void aBusyEventLoop_doesNotMakeTheTimeOfTheEndLonger(Vertx vertx) {
        IntStream.range(0, 40).forEach(each -> {
            var unused = open();
        });
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Boolean> tooLate = owner.begin(() -> {
            // Timers run in the order of their times, however late.
            var unused = vertx.setTimer(4_800, late -> over.set(true));
            return subscribers.drain(Duration.ofSeconds(4)).map(ended -> over.get());
        });
        owner.run(() -> {
            long start = System.nanoTime();
            while (System.nanoTime() - start < Duration.ofSeconds(1).toNanos()) {
                Thread.onSpinWait();
            }
        });

        assertThat(OnContext.await(tooLate)).isFalse();
    }

    @Test
    void aStreamThatCannotBeTold_keepsNoOtherFromBeingToldThatTheNodeStops() {
        RecordingStream broken = open();
        broken.breaks();
        RecordingStream other = open();

        OnContext.await(owner.begin(() -> subscribers.drain(Duration.ofMillis(200))));
        assertThat(owner.get(other::data)).containsExactly("reset:draining");
        assertThat(count).hasValue(0);
    }

    @Test
    void aStreamThatOpensWhenAllHaveEnded_isToldThatTheNodeStops() {
        OnContext.await(owner.begin(() -> subscribers.drain(Duration.ZERO)));
        RecordingStream late = open();

        assertThat(owner.get(late::data)).containsExactly("reset:draining");
        assertThat(count).hasValue(0);
    }

    @Test
    void anEndedStream_takesNothingMore() {
        owner.run(() -> {
            RecordingStream out = new RecordingStream();
            Subscriber subscriber = subscriber(out);
            subscriber.cut();
            subscriber.write(Buffer.buffer("x"), 0);
            assertThat(out.text()).isEmpty();
        });
    }
}
