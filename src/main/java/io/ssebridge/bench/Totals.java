package io.ssebridge.bench;

import java.util.List;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/**
 * The sums over all tallies.
 *
 * @param tallies the counts of each loop
 */
record Totals(List<Tally> tallies) {
    private long sum(ToLongFunction<Tally> count) {
        return tallies.stream().mapToLong(count).sum();
    }

    long received() {
        return sum(Tally::received);
    }

    long opened() {
        return sum(Tally::open);
    }

    long closed() {
        return sum(Tally::closed);
    }

    long refused() {
        return sum(Tally::refused);
    }

    /** Returns the number of faults so far. */
    Faults faults() {
        return new Faults(sum(Tally::passedOver), sum(Tally::again), sum(Tally::resets));
    }

    /**
     * The number of faults.
     *
     * @param missing deliveries that never arrived although later ones did
     * @param again duplicate deliveries, and deliveries out of order
     * @param resets notices of a {@code stream-reset}
     */
    record Faults(long missing, long again, long resets) {
        /** Returns the faults since an earlier count. */
        Faults since(Faults before) {
            return new Faults(missing - before.missing, again - before.again, resets - before.resets);
        }

        long all() {
            return missing + again + resets;
        }
    }

    long unfinished() {
        return sum(Tally::unfinished);
    }

    long measured() {
        return sum(Tally::measured);
    }

    long longestSilenceNanos() {
        return tallies.stream().mapToLong(Tally::longestSilenceNanos).max().orElse(0);
    }

    Histogram latencies() {
        Histogram all = new Histogram(3);
        tallies.forEach(tally -> all.add(tally.latencies()));
        return all;
    }
}
