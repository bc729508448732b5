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
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Limits the number and the bytes of the readings that run at the same time. The others wait, and their channels take
 * turns: many readings of one channel do not delay the readings of another. If too many wait, a reading fails with a
 * {@link TooManyReadingsException}. This is the last reading of the channel with most waiting readings, if the channel of
 * the new reading has fewer, and otherwise the new reading. The readings of one channel may be a quarter of all that wait.
 * Any thread; answers come on the caller's context.
 */
public final class ReadingQueue {
    private static final int WAITING_PER_READING = 100;
    private static final int SLOW_PER_READING = 8;

    private final Bounds bounds;
    private final NodeClock clock;
    private final Counter refused;

    private final SerialSteps steps = new SerialSteps();
    // Touched in steps only. The running readings are in the order of their start, or of their last answer.
    private final Set<QueuedReading<?>> running = new LinkedHashSet<>();
    private final Map<ChannelName, Deque<QueuedReading<?>>> waiting = new LinkedHashMap<>();
    private long runningBytes;
    private int slow;
    // Changed in steps only; the gauges read it too.
    private final AtomicInteger runningCount = new AtomicInteger();
    private final AtomicInteger waitingCount = new AtomicInteger();

    /**
     * The bounds of the readings that run at the same time.
     *
     * @param readings the number of readings
     * @param bytes the bytes that they bring; one reading may always run
     * @param slow after this time without an answer, a reading no longer counts, except for the bytes that it holds: a
     *     frozen cluster member must not delay the readings from other members. Eight times {@code readings} may be slow
     */
    public record Bounds(int readings, long bytes, Duration slow) {}

    /**
     * Creates an empty queue.
     *
     * @param bounds the limits of the running readings
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

    /** The turn of a reading. A reading of several steps says after each step that it goes on. */
    public interface Turn {
        /**
         * Notes that the reading has had an answer, and will read more.
         *
         * @param heldBytes the approximate bytes that it holds in memory
         * @return false if the reading has been slow and others have its room: it should end with what it has
         */
        boolean goesOn(long heldBytes);
    }

    /** One reading, from the call of {@link #add} on. */
    private final class QueuedReading<T> implements Turn {
        private final ChannelName channel;
        private final Function<Turn, Future<T>> read;
        private final @Nullable Context caller = Vertx.currentContext();
        private final Promise<T> answer = Promise.promise();
        // Touched in steps only, as are the next two.
        private long countedBytes;
        private long heldBytes;
        private long sinceMillis;
        private volatile boolean isSlow;

        private QueuedReading(ChannelName channel, long bytes, Function<Turn, Future<T>> read) {
            this.channel = channel;
            this.countedBytes = bytes;
            this.read = read;
        }

        @Override
        public boolean goesOn(long heldBytes) {
            steps.run(() -> wentOn(this, heldBytes));
            return !isSlow;
        }

        private void start() {
            onCaller(() -> attempt().onComplete(result -> {
                steps.run(() -> ended(this));
                answer.handle(result);
            }));
        }

        private Future<T> attempt() {
            try {
                return read.apply(this);
            } catch (RuntimeException | Error e) {
                // After any error, the reading does not run any more.
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
     * Runs a reading when it is its turn.
     *
     * @param channel the channel
     * @param bytes the approximate size of the answer
     * @param read starts the reading; called on the caller's context
     */
    public <T> Future<T> add(ChannelName channel, long bytes, Function<Turn, Future<T>> read) {
        QueuedReading<T> reading = new QueuedReading<>(channel, bytes, read);
        steps.run(() -> begin(reading));
        return reading.answer.future();
    }

    /** Starts waiting readings if some running readings have become slow. Called again and again. */
    public void sweep() {
        steps.run(this::runNext);
    }

    private void begin(QueuedReading<?> reading) {
        if (waitingCount.get() == 0 && mayRun(reading)) {
            run(reading);
            return;
        }
        int maxWaiting = bounds.readings() * WAITING_PER_READING;
        Deque<QueuedReading<?>> queue = waiting.computeIfAbsent(reading.channel, first -> new ArrayDeque<>(2));
        if (queue.size() >= maxWaiting / 4 || waitingCount.get() >= maxWaiting && !displaceOne(queue.size())) {
            refused.increment();
            reading.refuse();
            waiting.computeIfPresent(reading.channel, (channel, left) -> left.isEmpty() ? null : left);
        } else {
            queue.add(reading);
            waitingCount.incrementAndGet();
        }
        // Some running readings may have become slow meanwhile, which makes room.
        runNext();
    }

    /** Refuses a reading of the channel with most of them, unless the newcomer's channel has as many. */
    private boolean displaceOne(int newcomers) {
        Deque<QueuedReading<?>> most = Collections.max(waiting.values(), Comparator.comparingInt(Deque::size));
        boolean displaces = most.size() > newcomers + 1;
        if (displaces) {
            QueuedReading<?> last = most.removeLast();
            waitingCount.decrementAndGet();
            refused.increment();
            last.refuse();
        }
        return displaces;
    }

    private boolean mayRun(QueuedReading<?> reading) {
        findSlow();
        return running.isEmpty()
                || (running.size() < bounds.readings() && runningBytes + reading.countedBytes <= bounds.bytes());
    }

    private void findSlow() {
        long sinceMillis = clock.elapsedMillis() - bounds.slow().toMillis();
        Iterator<QueuedReading<?>> oldest = running.iterator();
        while (slow < bounds.readings() * SLOW_PER_READING && oldest.hasNext()) {
            QueuedReading<?> reading = oldest.next();
            if (reading.sinceMillis > sinceMillis) {
                return;
            }
            oldest.remove();
            count(reading, reading.heldBytes);
            reading.isSlow = true;
            slow++;
        }
    }

    private void count(QueuedReading<?> reading, long bytes) {
        runningBytes += bytes - reading.countedBytes;
        reading.countedBytes = bytes;
    }

    private void run(QueuedReading<?> reading) {
        reading.sinceMillis = clock.elapsedMillis();
        running.add(reading);
        runningBytes += reading.countedBytes;
        runningCount.set(running.size() + slow);
        reading.start();
    }

    private void wentOn(QueuedReading<?> reading, long heldBytes) {
        reading.heldBytes = heldBytes;
        if (reading.isSlow) {
            count(reading, heldBytes);
        } else if (running.remove(reading)) {
            reading.sinceMillis = clock.elapsedMillis();
            running.add(reading);
        }
    }

    private void ended(QueuedReading<?> reading) {
        if (reading.isSlow) {
            slow--;
        } else {
            running.remove(reading);
        }
        runningBytes -= reading.countedBytes;
        runningCount.set(running.size() + slow);
        runNext();
    }

    /** Starts the next readings: the first of each channel in turn. */
    private void runNext() {
        while (!waiting.isEmpty()) {
            Map.Entry<ChannelName, Deque<QueuedReading<?>>> first =
                    waiting.entrySet().iterator().next();
            Deque<QueuedReading<?>> queue = first.getValue();
            if (!mayRun(queue.getFirst())) {
                return;
            }
            QueuedReading<?> next = queue.removeFirst();
            waitingCount.decrementAndGet();
            waiting.remove(first.getKey());
            if (!queue.isEmpty()) {
                waiting.put(next.channel, queue);
            }
            run(next);
        }
    }
}
