package io.ssebridge.presence;

import io.ssebridge.config.Key;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * How changes of presence are told.
 *
 * @param grace how long a member or the last subscriber of a channel must be away before this is told; default 3 s, at most 10
 *     min. A reconnect in this time is not told
 */
public record PresenceOptions(Duration grace) {
    private static final Range<Duration> GRACES = Range.ofDurations(Duration.ZERO, Duration.ofMinutes(10));

    /** The defaults. */
    public static final PresenceOptions DEFAULT = new PresenceOptions(Duration.ofSeconds(3));

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message starts with its key
     */
    public PresenceOptions {
        GRACES.check("grace", grace);
    }

    /**
     * Reads the section {@code presence}.
     *
     * @param presence the section
     */
    public static PresenceOptions from(Section presence) {
        return presence.build(() -> new PresenceOptions(presence.quantity(
                Key.of("grace", "How long a member, or a channel's last subscriber, must be away before this is told"),
                DEFAULT.grace,
                GRACES)));
    }

    /** Returns the options as the section {@code presence}, with the keys of the configuration. */
    public JsonObject toJson() {
        return new JsonObject().put("grace", GRACES.write(grace));
    }
}
