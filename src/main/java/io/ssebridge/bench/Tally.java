package io.ssebridge.bench;

import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * The counts of the subscribers of one {@link ListenerLoop}.
 *
 * <p><b>Owner:</b> that loop. Other threads may read most counts at any time. They read the unfinished and the measured
 * events, the longest silence and the latencies only at the end.
 */
final class Tally {
    private static final int DIGITS = 3;

    private final Clock clock;
    private final Histogram latencies = new Histogram(DIGITS);
    private final AtomicLong passedOver = new AtomicLong();
    private final AtomicLong again = new AtomicLong();
    private final AtomicLong resets = new AtomicLong();
    private long unfinished;
    private long measured;
    private long count;
    private long longestSilenceNanos;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong open = new AtomicLong();
    private final AtomicLong closed = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    /** Creates the counts. The clock tells which events are measured. */
    Tally(Clock clock) {
        this.clock = clock;
    }

    /**
     * Counts a received event. {@code next} is the expected number. Returns the next expected number.
     *
     * @param nowNanos the time of {@link System#nanoTime}
     */
    int received(int number, int next, long dueNanos, long nowNanos) {
        // Only one thread writes; the other threads may see the value a little later.
        received.lazySet(++count);
        if (number < next) {
            again.incrementAndGet();
            return next;
        }
        if (number > next) {
            passedOver.addAndGet(number - next);
        }
        if (clock.measures(dueNanos)) {
            measured++;
            latencies.recordValue(clock.lateNanos(dueNanos, nowNanos));
        }
        return number + 1;
    }

    /** Records the nanoseconds in which an open stream received nothing. */
    void silent(long nanos) {
        longestSilenceNanos = Math.max(longestSilenceNanos, nanos);
    }

    void addOpen() {
        open.incrementAndGet();
    }

    void addClosed() {
        closed.incrementAndGet();
    }

    void addRefused() {
        refused.incrementAndGet();
    }

    /** Counts notices to streams that they have missed events. */
    void addResets(int more) {
        resets.addAndGet(more);
    }

    /** Counts events that had not arrived at the end of the run, with no later event of the same publisher. */
    void addUnfinished(long more) {
        unfinished += more;
    }

    long received() {
        return received.get();
    }

    long open() {
        return open.get();
    }

    long closed() {
        return closed.get();
    }

    long refused() {
        return refused.get();
    }

    /** Returns the number of events that never arrived although later ones did. */
    long passedOver() {
        return passedOver.get();
    }

    long resets() {
        return resets.get();
    }

    /**
     * Returns the number of events that had not arrived at the end of the run. They may only have been late, because no
     * later event arrived either.
     */
    long unfinished() {
        return unfinished;
    }

    /** Returns the number of duplicate or late deliveries. */
    long again() {
        return again.get();
    }

    /** Returns the number of received events that were due during the measurement. */
    long measured() {
        return measured;
    }

    /** Returns the longest silence of an open stream, in nanoseconds. */
    long longestSilenceNanos() {
        return longestSilenceNanos;
    }

    /** Returns the nanoseconds from the time at which an event was due to its arrival. */
    Histogram latencies() {
        return latencies;
    }
}
