package io.ssebridge;

import io.ssebridge.config.Key;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * How a node stops.
 *
 * @param grace the time between saying that the node is not ready and stopping, so that load balancers notice; default 5 s,
 *     0 in demo mode, at most 10 min
 * @param drain the time over which the node then ends its streams; default 20 s, 2 s in demo mode, at most 1 h; 0: all at once
 */
public record ShutdownOptions(Duration grace, Duration drain) {
    private static final Range<Duration> GRACES = Range.ofDurations(Duration.ZERO, Duration.ofMinutes(10));
    private static final Range<Duration> DRAINS = Range.ofDurations(Duration.ZERO, Duration.ofHours(1));

    /** The defaults. */
    static final ShutdownOptions DEFAULT = new ShutdownOptions(Duration.ofSeconds(5), Duration.ofSeconds(20));

    /** The defaults of a demo: it has no load balancer, and its visitor waits for it to stop. */
    static final ShutdownOptions DEMO = new ShutdownOptions(Duration.ZERO, Duration.ofSeconds(2));

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message opens with its key
     */
    public ShutdownOptions {
        GRACES.check("grace", grace);
        DRAINS.check("drain", drain);
    }

    /**
     * Reads the section {@code shutdown}.
     *
     * @param shutdown the section
     * @param fallback for what is not given
     */
    static ShutdownOptions from(Section shutdown, ShutdownOptions fallback) {
        return shutdown.build(() -> new ShutdownOptions(
                shutdown.quantity(
                        Key.of(
                                "grace",
                                "How long a stopping node still serves while `/health/ready` is `503`; by default 0 in demo mode"),
                        fallback.grace,
                        GRACES),
                shutdown.quantity(
                        Key.of(
                                "drain",
                                "The time over which a stopping node ends its streams; by default 2 s in demo mode"),
                        fallback.drain,
                        DRAINS)));
    }

    /** Returns the options as the section {@code shutdown}, with the keys of the configuration. */
    public JsonObject toJson() {
        return new JsonObject().put("grace", GRACES.write(grace)).put("drain", DRAINS.write(drain));
    }

    /** Adds up both times. */
    public Duration total() {
        return grace.plus(drain);
    }
}
