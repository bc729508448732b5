package io.ssebridge.hub;

import java.time.Duration;

/**
 * When an {@link Audience} is to write again.
 *
 * <p>A write costs a system call, whatever is in it: five events in one cost a fifth of five in five. So events wait for each
 * other, but only under load, and no longer than the last round took 32 times over or the channel's rule allows: the
 * first after a pause goes out at once, and a channel with few subscribers or few events hardly ever waits.
 *
 * <p><b>Owner:</b> that of the audience.
 */
final class Pace {
    // So that rounds take no more than 3 % of the event loop's time, while the rule allows that. At a tenth,
    // events that come every millisecond to 50 subscribers went out in twos, and cost 5.1 us each in place of 2.4.
    private static final long SHARE = 32;
    private static final long MILLISECOND = Duration.ofMillis(1).toNanos();

    private final long longest;
    private long notBefore = Long.MIN_VALUE;

    /** Waits no longer than this. */
    Pace(Duration longest) {
        this.longest = longest.toNanos();
    }

    /** A round has been made; times in nanoseconds. */
    void made(long started, long ended) {
        notBefore = ended + Math.min(longest, SHARE * (ended - started));
    }

    /** How long the next round has to wait, in whole milliseconds; timers know none that are shorter. */
    long waitMillis(long now) {
        return notBefore == Long.MIN_VALUE ? 0 : Math.max(0, notBefore - now) / MILLISECOND;
    }
}
