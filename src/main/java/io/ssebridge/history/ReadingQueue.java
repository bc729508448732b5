package io.ssebridge.history;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets so many readings run at the same time, and so many bytes. The others wait, and their channels take turns: many
 * readings of one channel do not delay those of another. If too many wait, a reading fails with a
 * {@link TooManyReadingsException}; a channel's readings may be a quarter of all that wait. Any thread; answers come on the
 * caller's context.
 */
public final class ReadingQueue {
    private static final int WAITING_PER_READING = 100;
    private static final int SLOW_PER_READING = 8;

    private final Bounds bounds;
    private final NodeClock clock;
    private final Counter refused;

    private final SerialSteps steps = new SerialSteps();
    // Touched in steps only. Those that run are in the order in which they started.
    private final Set<Reading<?>> running = new LinkedHashSet<>();
    private final Map<ChannelName, Deque<Reading<?>>> waiting = new LinkedHashMap<>();
    private long runningBytes;
    private int slow;
    // Changed in steps only; read by the gauges too.
    private final AtomicInteger runningCount = new AtomicInteger();
    private final AtomicInteger waitingCount = new AtomicInteger();

    /**
     * What may run at the same time.
     *
     * @param readings how many readings
     * @param bytes what they bring, in bytes; one reading may always run
     * @param slow after which time without an answer a reading counts no longer, since what a frozen member keeps must not
     *     delay what the others keep; eight times as many readings may be slow. Zero: each counts until it has its answer
     */
    public record Bounds(int readings, long bytes, Duration slow) {}

    /**
     * Nothing runs yet.
     *
     * @param bounds what may run
     * @param clock the time
     * @param meters shows the readings
     * @param name of the meters
     */
    public ReadingQueue(Bounds bounds, NodeClock clock, MeterRegistry meters, String name) {
        this.bounds = bounds;
        this.clock = clock;
        var unusedRunning = Gauge.builder(name, runningCount, AtomicInteger::get)
                .description("Readings of histories that run")
                .register(meters);
        var unusedWaiting = Gauge.builder(name + ".waiting", waitingCount, AtomicInteger::get)
                .description("Readings of histories that wait for others")
                .register(meters);
        this.refused = Counter.builder(name + ".refused")
                .description("Readings of histories that failed because too many waited")
                .register(meters);
    }

    /** A reading, from the moment when it is asked for. */
    private final class Reading<T> {
        private final ChannelName channel;
        private final long bytes;
        private final Supplier<Future<T>> read;
        private final @Nullable Context caller = Vertx.currentContext();
        private final Promise<T> answer = Promise.promise();
        private long since;
        private boolean isSlow;

        private Reading(ChannelName channel, long bytes, Supplier<Future<T>> read) {
            this.channel = channel;
            this.bytes = bytes;
            this.read = read;
        }

        private void start() {
            onCaller(() -> attempt().onComplete(result -> {
                steps.run(() -> ended(this));
                answer.handle(result);
            }));
        }

        private Future<T> attempt() {
            try {
                return read.get();
            } catch (RuntimeException e) {
                return Future.failedFuture(e);
            }
        }

        private void refuse() {
            TooManyReadingsException refusal = new TooManyReadingsException(waitingCount.get());
            onCaller(() -> answer.fail(refusal));
        }

        private void onCaller(Runnable step) {
            if (caller == null || caller == Vertx.currentContext()) {
                step.run();
            } else {
                caller.runOnContext(back -> step.run());
            }
        }
    }

    /**
     * Reads when it is its turn.
     *
     * @param channel the channel
     * @param bytes what the answer takes, about
     * @param read finds the answer; called on the caller's context
     */
    public <T> Future<T> add(ChannelName channel, long bytes, Supplier<Future<T>> read) {
        Reading<T> reading = new Reading<>(channel, bytes, read);
        steps.run(() -> begin(reading));
        return reading.answer.future();
    }

    private void begin(Reading<?> reading) {
        if (waitingCount.get() == 0 && mayRun(reading)) {
            run(reading);
            return;
        }
        int maxWaiting = bounds.readings() * WAITING_PER_READING;
        Deque<Reading<?>> queue = waiting.computeIfAbsent(reading.channel, first -> new ArrayDeque<>(2));
        if (waitingCount.get() >= maxWaiting || queue.size() >= maxWaiting / 4) {
            refused.increment();
            reading.refuse();
            waiting.computeIfPresent(reading.channel, (channel, left) -> left.isEmpty() ? null : left);
        } else {
            queue.add(reading);
            waitingCount.incrementAndGet();
        }
        // Time may have made slow ones of some of those that run.
        runNext();
    }

    private boolean mayRun(Reading<?> reading) {
        findSlow();
        return running.isEmpty()
                || (running.size() < bounds.readings() && runningBytes + reading.bytes <= bounds.bytes());
    }

    private void findSlow() {
        if (bounds.slow().isZero()) {
            return;
        }
        long since = clock.elapsedMillis() - bounds.slow().toMillis();
        Iterator<Reading<?>> oldest = running.iterator();
        while (slow < bounds.readings() * SLOW_PER_READING && oldest.hasNext()) {
            Reading<?> reading = oldest.next();
            if (reading.since > since) {
                return;
            }
            oldest.remove();
            runningBytes -= reading.bytes;
            reading.isSlow = true;
            slow++;
        }
    }

    private void run(Reading<?> reading) {
        reading.since = clock.elapsedMillis();
        running.add(reading);
        runningBytes += reading.bytes;
        runningCount.set(running.size() + slow);
        reading.start();
    }

    private void ended(Reading<?> reading) {
        if (reading.isSlow) {
            slow--;
        } else {
            running.remove(reading);
            runningBytes -= reading.bytes;
        }
        runningCount.set(running.size() + slow);
        runNext();
    }

    /** Lets the next ones run: the first of each channel in turn. */
    private void runNext() {
        while (!waiting.isEmpty()) {
            Map.Entry<ChannelName, Deque<Reading<?>>> first =
                    waiting.entrySet().iterator().next();
            Deque<Reading<?>> queue = first.getValue();
            if (!mayRun(queue.getFirst())) {
                return;
            }
            Reading<?> next = queue.removeFirst();
            waitingCount.decrementAndGet();
            waiting.remove(first.getKey());
            if (!queue.isEmpty()) {
                waiting.put(next.channel, queue);
            }
            run(next);
        }
    }
}
