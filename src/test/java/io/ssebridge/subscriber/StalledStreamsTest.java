package io.ssebridge.subscriber;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.util.internal.PlatformDependent;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.RecordingStream;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The memory of streams that do not take the written bytes. */
@ExtendWith(VertxExtension.class)
@Timeout(30)
class StalledStreamsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int LIMIT = 1 << 20;
    private static final int BATCH_BYTES = 10_000;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final StalledBytes node = new StalledBytes(LIMIT, meters);
    private final Loop one;
    private final Loop two;

    StalledStreamsTest(Vertx vertx) {
        one = new Loop(vertx.getOrCreateContext());
        two = new Loop(vertx.getOrCreateContext());
    }

    @Test
    void bytesThatStalledStreamsShare_areCountedOnce_untilTheLastHasTakenThem() {
        List<RecordingStream> outs = new ArrayList<>();
        EncodedBatch shared = batch(BATCH_BYTES);
        for (int i = 0; i < 100; i++) {
            outs.add(one.stalled(shared));
        }
        assertThat(node.held()).isBetween((long) BATCH_BYTES, BATCH_BYTES + 100L);

        one.owner.run(() -> outs.subList(0, 99).forEach(RecordingStream::drain));
        assertThat(node.held()).isBetween((long) BATCH_BYTES, BATCH_BYTES + 100L);
        one.owner.run(outs.get(99)::drain);
        assertThat(node.held()).isZero();
    }

    @Test
    void aBodyThatBatchesShare_isCountedOnce() {
        SharedBody body = new SharedBody(Buffer.buffer("x".repeat(BATCH_BYTES)));
        for (int i = 0; i < 100; i++) {
            EncodedBatch.Builder batch = new EncodedBatch.Builder();
            batch.add(body);
            batch.add(Buffer.buffer("id: 1\n\n"));
            RecordingStream unused = one.stalled(batch.build(1));
        }

        assertThat(node.held()).isBetween(BATCH_BYTES + 700L, BATCH_BYTES + 3_000L);
    }

    @Test
    void aStreamThatGoes_holdsNothing_howeverItGoes() {
        RecordingStream left = one.stalled(batch(BATCH_BYTES));
        one.owner.run(left::leave);
        assertThat(node.held()).isZero();

        Subscriber subscriber = one.owner.get(() -> one.open(new RecordingStream()));
        one.owner.run(() -> {
            one.outOf(subscriber).full();
            subscriber.write(batch(BATCH_BYTES), 0);
            subscriber.cut();
            one.outOf(subscriber).leave();
        });
        assertThat(node.held()).isZero();
    }

    @Test
    void aStreamThatWasEndedInOrder_holdsWhatItHasNotTaken_untilItsSocketIsClosed() {
        RecordingStream out = new RecordingStream();
        one.owner.run(() -> {
            Subscriber subscriber = one.open(out);
            out.full();
            subscriber.write(batch(BATCH_BYTES), 0);
            subscriber.close(CloseReason.DRAINING);
        });
        assertThat(node.held()).isPositive();

        one.owner.run(out::leave);
        assertThat(node.held()).isZero();
    }

    @Test
    void beyondTheLimit_theStreamsThatHaveBeenStalledLongestAreCut_onWhateverEventLoop() {
        List<RecordingStream> outs = new ArrayList<>();
        int most = LIMIT / BATCH_BYTES;
        for (int i = 0; i < most; i++) {
            outs.add((i % 2 == 0 ? one : two).stalled(batch(BATCH_BYTES)));
        }
        assertThat(outs).noneMatch(RecordingStream::isAborted);

        for (int i = 0; i < 10; i++) {
            outs.add(two.stalled(batch(BATCH_BYTES)));
        }
        Eventually.holds("the limit to be kept", PATIENCE, () -> node.held() <= LIMIT);
        one.owner.run(() -> {});
        two.owner.run(() -> {});

        assertThat(outs.stream().filter(RecordingStream::isAborted)).hasSizeBetween(10, 12);
        assertThat(outs.subList(0, 10)).allMatch(RecordingStream::isAborted);
        assertThat(outs.subList(12, outs.size())).noneMatch(RecordingStream::isAborted);
        assertThat(meters.counter("sse.stalled.cut").count()).isBetween(10.0, 12.0);
    }

    @Test
    void whenManyStreamsStallAtOnce_theOldestOfAllEventLoopsAreCut() {
        List<RecordingStream> outs = new ArrayList<>();
        int most = LIMIT / BATCH_BYTES;
        for (int i = 0; i < most; i++) {
            outs.add((i % 2 == 0 ? one : two).stalled(batch(BATCH_BYTES)));
        }
        one.owner.run(() -> {
            for (int i = 0; i < 10; i++) {
                outs.add(one.stalledNow(batch(BATCH_BYTES)));
            }
        });
        Eventually.holds("the limit to be kept", PATIENCE, () -> node.held() <= LIMIT);
        one.owner.run(() -> {});
        two.owner.run(() -> {});

        assertThat(outs.subList(0, 10)).allMatch(RecordingStream::isAborted);
        assertThat(outs.subList(10, outs.size())).noneMatch(RecordingStream::isAborted);
    }

    @Test
    void streamsThatCopyTheirBytes_areCountedEach() {
        EncodedBatch shared = batch(BATCH_BYTES);
        for (int i = 0; i < 10; i++) {
            RecordingStream out = new RecordingStream();
            one.owner.run(() -> {
                out.copy();
                Subscriber subscriber = one.open(out);
                out.full();
                subscriber.write(shared, 0);
            });
        }

        assertThat(node.held()).isEqualTo(10 * BATCH_BYTES);
    }

    @Test
    void whenThereIsNoMemoryLeft_halfOfTheStalledStreamsAreCut() {
        List<RecordingStream> outs = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            outs.add(one.stalled(batch(BATCH_BYTES)));
        }
        one.streams.makeRoom();
        one.owner.run(() -> {});

        assertThat(outs.subList(0, 5)).allMatch(RecordingStream::isAborted);
        assertThat(outs.subList(5, 10)).noneMatch(RecordingStream::isAborted);
    }

    @Test
    void theLimit_isBelowTheDirectMemoryOfTheJvm() {
        assertThat(new StalledBytes(Long.MAX_VALUE, meters).limit()).isEqualTo(PlatformDependent.maxDirectMemory() / 2);
    }

    private static EncodedBatch batch(int bytes) {
        return EncodedBatch.of(Buffer.buffer("x".repeat(bytes)));
    }

    /** An event loop with streams. */
    private final class Loop {
        private final OnContext owner;
        private final StalledStreams streams;
        private final List<Opened> opened = new ArrayList<>();

        private record Opened(Subscriber subscriber, RecordingStream out) {}

        private Loop(Context context) {
            this.owner = new OnContext(context);
            this.streams = new StalledStreams(context, node);
        }

        private Subscriber open(RecordingStream out) {
            Subscriber subscriber = new Subscriber(out, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), 0);
            subscriber.countIn(streams, new Deliveries(new StreamMeters(meters)));
            opened.add(new Opened(subscriber, out));
            return subscriber;
        }

        private RecordingStream outOf(Subscriber subscriber) {
            return opened.stream()
                    .filter(each -> each.subscriber() == subscriber)
                    .findFirst()
                    .orElseThrow()
                    .out();
        }

        /** A stream that has not taken the written bytes. */
        private RecordingStream stalled(EncodedBatch batch) {
            return owner.get(() -> stalledNow(batch));
        }

        private RecordingStream stalledNow(EncodedBatch batch) {
            RecordingStream out = new RecordingStream();
            Subscriber subscriber = open(out);
            out.full();
            subscriber.write(batch, 0);
            return out;
        }
    }
}
