package io.ssebridge.control;

import io.ssebridge.config.Key;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * What follows when a subject is disconnected.
 *
 * @param block the time for which the subject cannot open the same channels again; default 60 s, 0 for not at all, at most
 *     1 day
 */
public record DisconnectOptions(Duration block) {
    private static final Range<Duration> BLOCKS = Range.ofDurations(Duration.ZERO, Duration.ofDays(1));

    /** The defaults. */
    public static final DisconnectOptions DEFAULT = new DisconnectOptions(Duration.ofSeconds(60));

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message starts with its key
     */
    public DisconnectOptions {
        BLOCKS.check("block", block);
    }

    /**
     * Reads the section {@code disconnect}.
     *
     * @param disconnect the section
     */
    public static DisconnectOptions from(Section disconnect) {
        return disconnect.build(() -> new DisconnectOptions(disconnect.quantity(
                Key.of(
                        "block",
                        "How long a [disconnected](http-api.md#disconnecting) subject cannot open the same channels; 0: not at all"),
                DEFAULT.block,
                BLOCKS)));
    }

    /** Returns the options as the section {@code disconnect}, with the keys of the configuration. */
    public JsonObject toJson() {
        return new JsonObject().put("block", BLOCKS.write(block));
    }
}
