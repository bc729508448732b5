package io.ssebridge.bench;

import java.util.List;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/**
 * The sums over all tallies.
 *
 * @param tallies one of each loop
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

    long missing() {
        return sum(Tally::missing);
    }

    long unfinished() {
        return sum(Tally::unfinished);
    }

    long again() {
        return sum(Tally::again);
    }

    long measured() {
        return sum(Tally::measured);
    }

    long longestSilence() {
        return tallies.stream().mapToLong(Tally::longestSilence).max().orElse(0);
    }

    Histogram latencies() {
        Histogram all = new Histogram(3);
        tallies.forEach(tally -> all.add(tally.latencies()));
        return all;
    }
}
