package io.ssebridge.fault;

import com.google.errorprone.annotations.FormatMethod;

/** How much of each fault: small for every build, more in the Maven profile {@code faults}. */
final class Bound {
    private Bound() {}

    /**
     * A number.
     *
     * @param name of the system property, without {@code faults.}
     * @param small what holds unless it is set
     */
    static int of(String name, int small) {
        return Integer.getInteger("faults." + name, small);
    }

    /** The seed of all random numbers; said on standard output, to be given again as {@code faults.seed}. */
    static long seed(String test) {
        long seed = Long.getLong("faults.seed", System.nanoTime());
        say("%s: seed %d (-Dfaults.seed=%d)", test, seed, seed);
        return seed;
    }

    /** Says a figure that was measured. */
    @FormatMethod
    static void say(String format, Object... values) {
        System.out.println("[faults] " + format.formatted(values));
    }
}
