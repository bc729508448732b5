package io.ssebridge.hub;

import java.time.Duration;

/**
 * Decides when an {@link Audience} may write again.
 *
 * <p>Each write costs a system call, whatever its size: five events in one write cost a fifth of five writes. So events
 * wait for each other, but only under load. The wait is at most 32 times the duration of the last round, and at most
 * the time that the channel's rule allows. The first event after a pause goes out at once. A channel with few
 * subscribers or few events hardly ever waits.
 *
 * <p><b>Owner:</b> the owner of the audience.
 */
final class Pace {
    // The wait is this many times as long as the round: so rounds take at most 3 % of the event loop's time, unless the
    // rule
    // allows only shorter waits. With 10 instead of 32, events that came every millisecond to 50 subscribers went out
    // in
    // pairs, and cost 5.1 us each instead of 2.4.
    private static final long SHARE = 32;
    private static final long MILLISECOND_NANOS = Duration.ofMillis(1).toNanos();

    private final long longestNanos;
    private long notBeforeNanos = Long.MIN_VALUE;

    /** Creates a pace with a longest wait. */
    Pace(Duration longest) {
        this.longestNanos = longest.toNanos();
    }

    /** Records a round; times in nanoseconds. */
    void made(long startedNanos, long endedNanos) {
        notBeforeNanos = endedNanos + Math.min(longestNanos, SHARE * (endedNanos - startedNanos));
    }

    /** Returns how long the next round has to wait, in whole milliseconds, the shortest time of a timer. */
    long waitMillis(long nowNanos) {
        return notBeforeNanos == Long.MIN_VALUE ? 0 : Math.max(0, notBeforeNanos - nowNanos) / MILLISECOND_NANOS;
    }
}
