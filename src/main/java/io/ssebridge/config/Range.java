package io.ssebridge.config;

import java.time.Duration;

/**
 * The quantities that an option allows. The reader of an option and the record that holds it share one range.
 *
 * @param <T> the kind of quantity
 */
public final class Range<T extends Comparable<T>> {
    private final Notation<T> notation;
    private final T min;
    private final T max;

    private Range(Notation<T> notation, T min, T max) {
        this.notation = notation;
        this.min = min;
        this.max = max;
    }

    /**
     * Creates a range of whole numbers.
     *
     * @param min the smallest number, not negative
     * @param max the largest number
     */
    public static Range<Integer> ofNumbers(int min, int max) {
        return new Range<>(Notation.WHOLE_NUMBER, min, max);
    }

    /**
     * Creates a range of durations, written {@code 250ms}, {@code 15s}, {@code 10m}, {@code 2h} or {@code 1d}.
     *
     * @param min the shortest duration
     * @param max the longest duration
     */
    public static Range<Duration> ofDurations(Duration min, Duration max) {
        return new Range<>(Notation.DURATION, min, max);
    }

    /**
     * Creates a range of sizes in bytes, written {@code 64KiB}, {@code 1MiB}, {@code 1GiB} or as plain numbers.
     *
     * @param min the smallest size
     * @param max the largest size
     */
    public static Range<Integer> ofSizes(int min, int max) {
        return new Range<>(Notation.SIZE, min, max);
    }

    /**
     * Creates a range of sizes, like {@link #ofSizes}, that may be above 2 GiB.
     *
     * @param min the smallest size
     * @param max the largest size
     */
    public static Range<Long> ofLargeSizes(long min, long max) {
        return new Range<>(Notation.LARGE_SIZE, min, max);
    }

    /**
     * Reads a quantity.
     *
     * @param text the quantity, as written
     * @throws IllegalArgumentException if the text is not a quantity in this range; the message contains the found and
     *     the expected value
     */
    public T read(String text) {
        return notation.read(text)
                .filter(this::contains)
                .orElseThrow(() -> new IllegalArgumentException(OneLine.quote(text) + expected()));
    }

    /**
     * Writes a quantity as {@link #read} reads it. A duration is written in whole milliseconds.
     *
     * @param quantity the quantity
     */
    public String write(T quantity) {
        return notation.write(quantity);
    }

    /**
     * Checks a quantity.
     *
     * @param key the key of the option; the message begins with it
     * @param quantity the quantity
     * @throws IllegalArgumentException if the quantity is outside the range
     */
    public void check(String key, T quantity) {
        if (!contains(quantity)) {
            throw new IllegalArgumentException(key + ": " + notation.write(quantity) + expected());
        }
    }

    /** Returns the type of the quantities, for the reference. */
    String type() {
        return notation.noun().substring("a ".length());
    }

    /** Adds the bounds to the type of a key, for the reference. */
    Key limits(Key key) {
        return key.within("`%s` to `%s`".formatted(notation.write(min), notation.write(max)));
    }

    private boolean contains(T quantity) {
        return min.compareTo(quantity) <= 0 && max.compareTo(quantity) >= 0;
    }

    private String expected() {
        return " (expected: %s from %s to %s)".formatted(notation.noun(), notation.write(min), notation.write(max));
    }
}
