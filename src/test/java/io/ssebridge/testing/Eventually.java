package io.ssebridge.testing;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for conditions that send no notice, by looking again and again. */
public final class Eventually {
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);

    private Eventually() {}

    /**
     * Looks until the value is as wanted, and returns it.
     *
     * @param what the awaited condition, for the failure message
     * @param patience how long to wait
     * @param look how to look
     * @param wanted the condition
     * @param <T> the type of the value
     */
    public static <T> T see(String what, Duration patience, Supplier<T> look, Predicate<T> wanted) {
        long deadline = System.nanoTime() + patience.toNanos();
        T seen = look.get();
        while (!wanted.test(seen)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited " + patience + " in vain for " + what + "; last seen: " + seen);
            }
            Pause.of(BETWEEN_LOOKS);
            seen = look.get();
        }
        return seen;
    }

    /**
     * Looks until a condition holds.
     *
     * @param what the awaited condition, for the failure message
     * @param patience how long to wait
     * @param condition how to look
     */
    public static void holds(String what, Duration patience, BooleanSupplier condition) {
        if (!within(patience, condition)) {
            throw new AssertionError("waited " + patience + " in vain for " + what);
        }
    }

    /**
     * Looks until a condition holds or the time is up, and answers whether it holds.
     *
     * @param patience how long to wait
     * @param condition how to look
     */
    public static boolean within(Duration patience, BooleanSupplier condition) {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            Pause.of(BETWEEN_LOOKS);
        }
        return true;
    }
}
