package io.ssebridge.hub;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the channels of one owner. Where events wait, and nothing has moved from one check to the next, it resets the
 * channel. No known fault makes this necessary; it is a protection against unknown faults.
 *
 * <p><b>Owner:</b> as given. Its timer runs only while there are channels.
 */
final class Watchdog {
    private static final Logger LOG = LoggerFactory.getLogger(Watchdog.class);
    private static final long TICK_MILLIS = Duration.ofSeconds(1).toMillis();
    private static final long BETWEEN_LOOKS_MILLIS = Duration.ofSeconds(10).toMillis();

    private final Owner owner;
    private final NodeClock clock;
    private final Watched watched;
    private final Counter stuck;
    private final LogLimit warnings;
    private boolean running;
    private long lookedMillis;

    /** The watched channels. */
    interface Watched {
        /** Tells whether there are no channels. */
        boolean isIdle();

        /** Runs once a second. */
        void tick();

        /** Resets the channels in which nothing has moved since the last check, and returns them. */
        List<ChannelName> resetStuck();
    }

    Watchdog(Owner owner, NodeClock clock, MeterRegistry meters, Watched watched) {
        this.owner = owner;
        this.clock = clock;
        this.watched = watched;
        this.warnings = new LogLimit(clock);
        this.stuck = Counter.builder("sse.hub.stuck")
                .description("Channels that were reset because events waited and nothing moved")
                .register(meters);
    }

    /** Starts the timer if it is not running; called when there is a channel. */
    void wake() {
        owner.assertHere();
        if (!running) {
            running = true;
            lookedMillis = clock.elapsedMillis();
            // The timer must belong to the owner's own context: the caller's context may be that of a request.
            owner.run(this::tickLater);
        }
    }

    private void tickLater() {
        owner.after(TICK_MILLIS, this::tick);
    }

    private void tick() {
        try {
            watched.tick();
            long nowMillis = clock.elapsedMillis();
            if (nowMillis - lookedMillis >= BETWEEN_LOOKS_MILLIS) {
                lookedMillis = nowMillis;
                report(watched.resetStuck());
            }
        } finally {
            if (watched.isIdle()) {
                running = false;
            } else {
                tickLater();
            }
        }
    }

    private void report(List<ChannelName> reset) {
        if (!reset.isEmpty()) {
            stuck.increment(reset.size());
            warnings.log(() -> LOG.warn(
                    "Events wait and nothing moves: reset {} channels, for example {} (said at most once a minute)",
                    reset.size(),
                    reset.get(0)));
        }
    }
}
