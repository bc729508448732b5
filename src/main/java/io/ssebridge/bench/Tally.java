package io.ssebridge.bench;

import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/**
 * What has been received, by the subscribers of one {@link ListenerLoop}.
 *
 * <p><b>Owner:</b> that loop; counts may be read from anywhere, but for the unfinished and the measured, at the end.
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
    private long longestSilence;
    private final AtomicLong received = new AtomicLong();
    private final AtomicLong open = new AtomicLong();
    private final AtomicLong closed = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    /** Measures what the clock says is to be measured. */
    Tally(Clock clock) {
        this.clock = clock;
    }

    /**
     * An event has come; {@code next} is the number that was expected. Answers the number expected after it.
     *
     * @param now by {@link System#nanoTime}
     */
    int received(int number, int next, long due, long now) {
        // There is one writer: the others only have to see it some time.
        received.lazySet(++count);
        if (number < next) {
            again.incrementAndGet();
            return next;
        }
        if (number > next) {
            passedOver.addAndGet(number - next);
        }
        if (clock.measures(due)) {
            measured++;
            latencies.recordValue(clock.late(due, now));
        }
        return number + 1;
    }

    /** For so many nanoseconds nothing at all has come on an open stream. */
    void silent(long nanos) {
        longestSilence = Math.max(longestSilence, nanos);
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

    /** Streams were told that they have missed something. */
    void addResets(int more) {
        resets.addAndGet(more);
    }

    /** Had not come when the run was over, nor did any behind it. */
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

    /** Never came, though others behind them did. */
    long passedOver() {
        return passedOver.get();
    }

    long resets() {
        return resets.get();
    }

    /** Had not come when the run was over, and may only have been late: none behind them came either. */
    long unfinished() {
        return unfinished;
    }

    /** Came once more, or late. */
    long again() {
        return again.get();
    }

    /** How many of those received were due in the time of the measurement. */
    long measured() {
        return measured;
    }

    /** Nanoseconds for which a stream, once open, was silent at the longest. */
    long longestSilence() {
        return longestSilence;
    }

    /** In nanoseconds, from when an event was due until it was received. */
    Histogram latencies() {
        return latencies;
    }
}
