package io.ssebridge.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.ReadingQueue.Bounds;
import io.ssebridge.history.ReadingQueue.Turn;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.Histories;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(60)
class BoundedHistoryTest {
    private static final ChannelName NEWS = new ChannelName("news");
    private static final ChannelName SPORT = new ChannelName("sport");
    private static final ChannelRules RULES = Histories.rules(1_000, Duration.ofMinutes(10));
    private static final long MEBIBYTE = 1 << 20;

    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Held held = new Held();

    /** A history in memory; the test makes its reads. */
    private abstract static class InMemory implements History {
        final MemoryHistory memory = new MemoryHistory(RULES);

        @Override
        public boolean exists(ChannelName channel) {
            return memory.exists(channel);
        }

        @Override
        public Future<Extent> extent(ChannelName channel) {
            return memory.extent(channel);
        }

        @Override
        public Future<Long> append(ChannelName channel, List<Frame> frames) {
            return memory.append(channel, frames);
        }

        @Override
        public Future<Void> destroy(ChannelName channel) {
            return memory.destroy(channel);
        }
    }

    /** A history that answers reads when the test says so. */
    private static final class Held extends InMemory {
        private final List<Promise<Void>> gates = new ArrayList<>();
        private final List<ChannelName> asked = new ArrayList<>();

        @Override
        public Future<List<NumberedFrame>> read(ChannelName channel, long from, int max) {
            Promise<Void> gate = Promise.promise();
            gates.add(gate);
            asked.add(channel);
            return gate.future().compose(open -> memory.read(channel, from, max));
        }
    }

    /** A history that answers from a worker, on the caller's context. */
    private static final class Slow extends InMemory {
        private final AtomicInteger running = new AtomicInteger();
        private final AtomicInteger most = new AtomicInteger();
        private final Vertx vertx;

        private Slow(Vertx vertx) {
            this.vertx = vertx;
        }

        @Override
        public Future<List<NumberedFrame>> read(ChannelName channel, long from, int max) {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            return vertx.executeBlocking(() -> memory.read(channel, from, max).result(), false)
                    .<List<NumberedFrame>>map(Objects::requireNonNull)
                    .onComplete(read -> running.decrementAndGet());
        }
    }

    private BoundedHistory bounded(int readings, long bytes) {
        return bounded(held, readings, bytes);
    }

    private BoundedHistory bounded(History history, int readings, long bytes) {
        Bounds bounds = new Bounds(readings, bytes, Duration.ofSeconds(1));
        return new BoundedHistory(history, new ReadingQueue(bounds, clock, meters, "sse.history.readings"));
    }

    private static Future<List<NumberedFrame>> read(History history, ChannelName channel) {
        return history.read(channel, 0, 2);
    }

    private static void append(History history, ChannelName channel, int count, String text) {
        List<Frame> frames = IntStream.range(0, count)
                .<Frame>mapToObj(i -> new EventFrame(i, -1, i, 0, 1, new Event(null, text, null)))
                .toList();
        var unused = history.append(channel, frames).await();
    }

    private double gauge(String name) {
        return meters.get(name).gauge().value();
    }

    @Test
    void moreReadingsThanAreAllowed_wait_andGoOnOneByOne() {
        BoundedHistory history = bounded(2, MEBIBYTE * 100);
        List<Future<List<NumberedFrame>>> readings =
                IntStream.range(0, 5).mapToObj(i -> read(history, NEWS)).toList();

        assertThat(held.gates).hasSize(2);
        assertThat(gauge("sse.history.readings")).isEqualTo(2);
        assertThat(gauge("sse.history.readings.waiting")).isEqualTo(3);
        for (int i = 0; i < 5; i++) {
            assertThat(held.gates).hasSize(Math.min(5, i + 2));
            assertThat(readings.get(i).isComplete()).isFalse();
            held.gates.get(i).complete();
            assertThat(readings.get(i).isComplete()).isTrue();
        }
        assertThat(gauge("sse.history.readings")).isZero();
        assertThat(gauge("sse.history.readings.waiting")).isZero();
    }

    @Test
    void aReadingThatFails_makesRoomForTheNext() {
        BoundedHistory history = bounded(1, MEBIBYTE * 100);
        Future<List<NumberedFrame>> failing = read(history, NEWS);
        Future<List<NumberedFrame>> next = read(history, NEWS);
        held.gates.get(0).fail("not now");
        held.gates.get(1).complete();

        assertThat(failing.failed()).isTrue();
        assertThat(next.succeeded()).isTrue();
    }

    @Test
    void readings_areBoundedByBytes_butOneReadingMayAlwaysRun() {
        append(held, NEWS, 20, "x".repeat(100_000));
        BoundedHistory history = bounded(64, 150_000);
        List<Future<List<NumberedFrame>>> readings =
                IntStream.range(0, 4).mapToObj(i -> history.read(NEWS, 0, 20)).toList();

        assertThat(held.gates).hasSize(1);
        held.gates.get(0).complete();
        assertThat(readings.get(0).result()).hasSize(16);
        assertThat(held.gates).as("above the bound together").hasSize(2);
        held.gates.get(1).complete();
        held.gates.get(2).complete();
        held.gates.get(3).complete();
        assertThat(readings)
                .allSatisfy(reading -> assertThat(reading.succeeded()).isTrue());
    }

    @Test
    void aRead_bringsAboutAMebibyte_andTwoFramesAtLeast() {
        BoundedHistory history = bounded(64, MEBIBYTE * 100);
        append(held, NEWS, 200, "x".repeat(100_000));
        append(held, SPORT, 200, "x");

        assertThat(now(history.read(NEWS, 0, 200))).as("nothing is known yet").hasSize(16);
        assertThat(now(history.read(NEWS, 0, 200))).hasSize(10);
        assertThat(now(history.read(NEWS, 0, 2))).hasSize(2);
        assertThat(now(history.read(SPORT, 0, 200))).hasSize(16);
        assertThat(now(history.read(SPORT, 0, 200))).hasSize(64);

        ChannelName large = new ChannelName("large");
        append(held, large, 5, "x".repeat(900_000));
        assertThat(now(history.read(large, 0, 1))).hasSize(1);
        assertThat(now(history.read(large, 0, 5))).hasSize(2);
    }

    private List<NumberedFrame> now(Future<List<NumberedFrame>> reading) {
        held.gates.get(held.gates.size() - 1).complete();
        return reading.result();
    }

    @Test
    void manyReadingsOfOneChannel_doNotDelayThoseOfAnother() {
        BoundedHistory history = bounded(1, MEBIBYTE * 100);
        List<Future<List<NumberedFrame>>> flood =
                IntStream.range(0, 50).mapToObj(i -> read(history, NEWS)).toList();
        Future<List<NumberedFrame>> other = read(history, SPORT);
        held.gates.get(0).complete();
        held.gates.get(1).complete();
        held.gates.get(2).complete();

        assertThat(held.asked.subList(0, 3)).containsExactly(NEWS, NEWS, SPORT);
        assertThat(other.succeeded()).isTrue();
        assertThat(flood.get(2).isComplete()).isFalse();
    }

    @Test
    void tooManyThatWait_areRefused_andOneChannelIsNotAllOfThem() {
        BoundedHistory history = bounded(1, MEBIBYTE * 100);
        List<Future<List<NumberedFrame>>> flood =
                IntStream.range(0, 40).mapToObj(i -> read(history, NEWS)).toList();

        assertThat(flood.subList(0, 26)).noneMatch(Future::isComplete);
        assertThat(flood.subList(26, 40))
                .allSatisfy(refused -> assertThat(refused.cause()).isInstanceOf(TooManyReadingsException.class));
        assertThat(meters.get("sse.history.readings.refused").counter().count()).isEqualTo(14);
        assertThat(read(history, SPORT).isComplete()).isFalse();
        long others = IntStream.range(0, 200)
                .mapToObj(i -> read(history, new ChannelName("other." + i)))
                .filter(Future::failed)
                .count();
        // One of each of the two channels still waits.
        assertThat(others).isEqualTo(200 - (100 - 1 - 1));
    }

    /** A few streams of fifty channels each took all places, and every other channel was refused. */
    @Test
    void whenTooManyWait_aChannelWithManyGivesAPlaceToOneWithNone() {
        BoundedHistory history = bounded(1, MEBIBYTE);
        var unused = read(history, NEWS);
        List<Future<List<NumberedFrame>>> greedy = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            greedy.add(read(history, new ChannelName("many." + i % 4)));
        }

        Future<List<NumberedFrame>> modest = read(history, SPORT);

        assertThat(modest.isComplete()).isFalse();
        assertThat(greedy).filteredOn(Future::failed).hasSize(1);
        for (int i = 0; i < held.gates.size(); i++) {
            held.gates.get(i).complete();
        }
        assertThat(modest.succeeded()).isTrue();
        assertThat(greedy).filteredOn(Future::succeeded).hasSize(99);
    }

    @Test
    void readingsWithoutAnAnswerForASecond_doNotHoldUpOthers() {
        BoundedHistory history = bounded(2, MEBIBYTE * 100);
        Future<List<NumberedFrame>> frozen = read(history, NEWS);
        Future<List<NumberedFrame>> frozenToo = read(history, NEWS);
        Future<List<NumberedFrame>> other = read(history, SPORT);
        assertThat(held.gates).hasSize(2);
        clock.pass(Duration.ofSeconds(1));
        Future<List<NumberedFrame>> another = read(history, SPORT);

        assertThat(held.gates).hasSize(4);
        held.gates.get(2).complete();
        held.gates.get(3).complete();
        assertThat(List.of(other, another)).allMatch(Future::succeeded);
        held.gates.get(0).complete();
        held.gates.get(1).complete();
        assertThat(List.of(frozen, frozenToo)).allMatch(Future::succeeded);
        assertThat(gauge("sse.history.readings")).isZero();
    }

    @Test
    void aReadingOfSeveralSteps_isSlow_ifOneStepIs_andThenCountsForTheBytesThatItHolds() {
        ReadingQueue queue =
                new ReadingQueue(new Bounds(64, 100, Duration.ofSeconds(3)), clock, meters, "sse.history.pages");
        List<Turn> turns = new ArrayList<>();
        Promise<Void> first = Promise.promise();
        var unused = queue.add(NEWS, 90, turn -> {
            turns.add(turn);
            return first.future();
        });
        assertThat(turns.get(0).goesOn(30)).isTrue();
        clock.pass(Duration.ofSeconds(2));
        assertThat(turns.get(0).goesOn(40)).isTrue();
        AtomicInteger started = new AtomicInteger();
        Promise<Void> second = Promise.promise();
        unused = queue.add(SPORT, 50, counted(started, second));
        unused = queue.add(SPORT, 20, counted(started, Promise.promise()));
        clock.pass(Duration.ofSeconds(2));
        queue.sweep();
        assertThat(started).as("the last answer is two seconds old").hasValue(0);
        clock.pass(Duration.ofSeconds(1));
        queue.sweep();

        assertThat(started).as("40 bytes are still held").hasValue(1);
        assertThat(turns.get(0).goesOn(20)).isFalse();
        queue.sweep();
        assertThat(started).as("20 bytes are held").hasValue(2);
        first.complete();
        assertThat(gauge("sse.history.pages")).isEqualTo(2);
    }

    private static Function<Turn, Future<Void>> counted(AtomicInteger started, Promise<Void> answer) {
        return turn -> {
            started.incrementAndGet();
            return answer.future();
        };
    }

    private static Context context(Vertx vertx) {
        CompletableFuture<Context> made = new CompletableFuture<>();
        new Thread(() -> made.complete(vertx.getOrCreateContext())).start();
        return made.join();
    }

    /** All event loops read at once: each gets its answers, on its own context, and nothing is left over. */
    @Test
    void readingsOfManyEventLoops_areAnsweredOnTheirContexts(Vertx vertx) throws Exception {
        Slow slow = new Slow(vertx);
        BoundedHistory history = bounded(slow, 3, MEBIBYTE * 100);
        int loops = 4;
        int each = 500;
        CountDownLatch answered = new CountDownLatch(loops * each);
        AtomicInteger elsewhere = new AtomicInteger();
        for (int loop = 0; loop < loops; loop++) {
            Context context = context(vertx);
            ChannelName channel = new ChannelName("c." + loop);
            context.runOnContext(start -> {
                for (int i = 0; i < each; i++) {
                    history.read(channel, 0, 5).onComplete(read -> {
                        if (Vertx.currentContext() != context) {
                            elsewhere.incrementAndGet();
                        }
                        answered.countDown();
                    });
                }
            });
        }

        assertThat(answered.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(elsewhere).hasValue(0);
        assertThat(slow.most.get()).isBetween(2, 3);
        assertThat(gauge("sse.history.readings")).isZero();
        assertThat(gauge("sse.history.readings.waiting")).isZero();
    }
}
