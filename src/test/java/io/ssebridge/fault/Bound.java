package io.ssebridge.fault;

import com.google.errorprone.annotations.FormatMethod;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How much of each fault: small for every build, more in the Maven profile {@code faults}. */
final class Bound {
    // As in cluster.xml, and more than the nodes of any of these tests.
    private static final Pattern UNUSED = Pattern.compile("<member>127\\.0\\.0\\.1:5705</member>");

    private Bound() {}

    /**
     * A number.
     *
     * @param name of the system property, without {@code faults.}
     * @param small the default
     */
    static int of(String name, int small) {
        return Integer.getInteger("faults." + name, small);
    }

    /**
     * How long the nodes wait for one that does not answer, and how long they take to find others to merge with: in every build half as
     * long and less, in the profile as users have it.
     */
    static UnaryOperator<String> timeouts() {
        return isLong() ? UnaryOperator.identity() : Bound::shorter;
    }

    /** Whether the bounds are those of the profile {@code faults}. */
    static boolean isLong() {
        return Boolean.getBoolean("faults.long");
    }

    private static String shorter(String xml) {
        String heartbeat = seconds(xml, "hazelcast.max.no.heartbeat.seconds", 5);
        String first = seconds(heartbeat, "hazelcast.merge.first.run.delay.seconds", 5);
        String next = seconds(first, "hazelcast.merge.next.run.delay.seconds", 3);
        // A node that looks for others waits 5 s for each address without a node.
        return UNUSED.matcher(next).replaceAll("");
    }

    private static String seconds(String xml, String property, int seconds) {
        Pattern value = Pattern.compile("(<property name=\"%s\">)\\d+<".formatted(Pattern.quote(property)));
        Matcher found = value.matcher(xml);
        if (!found.find()) {
            throw new AssertionError(property + " is not in cluster.xml");
        }
        return found.replaceFirst("$1" + seconds + "<");
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
