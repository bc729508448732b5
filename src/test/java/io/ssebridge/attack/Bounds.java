package io.ssebridge.attack;

import com.google.errorprone.annotations.FormatMethod;
import java.util.List;

/** How long and how hard the nodes are attacked: bounded in every build, more in the Maven profile {@code attack}. */
final class Bounds {
    private Bounds() {}

    /**
     * A number.
     *
     * @param name of the system property, without {@code attack.}
     * @param bounded the default
     */
    static int of(String name, int bounded) {
        return Integer.getInteger("attack." + name, bounded);
    }

    /** Whether this is the profile, on a machine that does nothing else. */
    static boolean isLong() {
        return Boolean.getBoolean("attack.long");
    }

    /** Whether the nodes' output is to be shown. */
    static boolean isOutputWanted() {
        return Boolean.getBoolean("attack.output");
    }

    /** Whether an attack runs: every one does, unless some are named. */
    static boolean includes(String attack) {
        String only = System.getProperty("attack.only", "");
        return only.isEmpty() || List.of(only.split(",", -1)).contains(attack);
    }

    /** The seed of all random numbers, in the normal build always the same one; printed, to be given again as {@code attack.seed}. */
    static long seed() {
        long seed = Long.getLong("attack.seed", isLong() ? System.nanoTime() : 1);
        say("seed %d (-Dattack.seed=%d)", seed, seed);
        return seed;
    }

    /** Prints a measured figure. */
    @FormatMethod
    static void say(String format, Object... values) {
        System.out.println("[attack] " + format.formatted(values));
    }
}
