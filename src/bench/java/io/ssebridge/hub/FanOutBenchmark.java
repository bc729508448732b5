package io.ssebridge.hub;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.EventSink;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures fan-out per seat before the socket: a batch of events to all seats of an audience, with sinks that only count. With
 * {@code -prof gc} it shows the garbage per delivery; it should be only the share in objects that are made once per round.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FanOutBenchmark {
    // As many as are served in one go.
    private static final int SEATS = 500;
    // A multiple of the events of each batch.
    private static final int DIFFERENT = 1_000;
    static final ChannelName CHANNEL = new ChannelName("news");

    /** Events in the batch. */
    @Param({"1", "5"})
    public int events;

    private final Vertx vertx = Vertx.vertx();
    private final List<EncodedEvent> encoded =
            IntStream.range(0, DIFFERENT).mapToObj(FanOutBenchmark::encode).toList();
    private final Counter counter = new Counter();
    private final Audience audience = audience(vertx, cursor(DIFFERENT - 1));
    private int next;

    private static Cursor cursor(int sequence) {
        return new Cursor.At(sequence, sequence);
    }

    private static EncodedEvent encode(int sequence) {
        Frame frame = new EventFrame(sequence, sequence - 1L, 0, 0, 0, new Event(null, "x".repeat(150), null));
        return EncodedEvent.of(CHANNEL, new NumberedFrame(sequence, frame), true, StreamOptions.DEFAULT);
    }

    static Audience audience(Vertx vertx, Cursor tail) {
        ChannelRule rule = new ChannelRule(
                ChannelPattern.of("**"),
                null,
                null,
                Requirement.PUBLIC,
                Requirement.PUBLIC,
                new Retention(256, Duration.ofMinutes(10)),
                Duration.ZERO,
                0);
        ChannelRules rules = new ChannelRules(List.of(rule));
        NodeClock clock = NodeClock.system();
        HistoryReader history = new HistoryReader(new MemoryHistory(rules), rules, clock);
        return new Audience(
                LoopResources.of(
                        new Owner(vertx.getOrCreateContext()),
                        history,
                        StreamOptions.DEFAULT,
                        clock,
                        () -> {},
                        new HubMeters(new SimpleMeterRegistry())),
                CHANNEL,
                Duration.ZERO,
                tail);
    }

    /** Seats all at the tail. */
    @Setup
    public void seatAll() {
        for (int i = 0; i < SEATS; i++) {
            Subscriber subscriber = new Subscriber(counter, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), 0);
            Seat unused = audience.add(
                    subscriber,
                    new Bookmarks(List.of(CHANNEL), List.of(cursor(DIFFERENT - 1)), any -> true),
                    0,
                    StreamForm.PLAIN);
        }
    }

    /** Ends the event loops. */
    @TearDown
    public void close() {
        vertx.close().await();
    }

    /** One batch to each seat. */
    @Benchmark
    @OperationsPerInvocation(SEATS)
    public long deliver() {
        if (next == DIFFERENT) {
            next = 0;
        }
        Cursor before = encoded.get((next + DIFFERENT - 1) % DIFFERENT).cursor();
        List<EncodedEvent> batch = encoded.subList(next, next + events);
        next += events;
        audience.offer(before, batch, batch.get(events - 1).cursor());
        return counter.bytes;
    }

    static final class Counter implements EventSink {
        private final ByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
        private long bytes;

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void onWritable(Runnable handler) {}

        @Override
        public void onClose(Runnable handler) {}

        @Override
        public void write(EncodedBatch encoded) {
            bytes += encoded.chunk(allocator).readableBytes();
        }

        @Override
        public void end() {}

        @Override
        public void abort() {}
    }
}
