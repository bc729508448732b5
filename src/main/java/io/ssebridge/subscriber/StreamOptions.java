package io.ssebridge.subscriber;

import io.ssebridge.config.Key;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.ssebridge.event.Event;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/**
 * How every event stream is kept alive and ended.
 *
 * @param heartbeat a comment is sent after this time without events, so that proxies do not cut the stream; default 15
 *     s, at least 100 ms
 * @param retry the mean time after which a browser reconnects; default 2 s
 * @param retryMin the shortest reconnection time that a publisher may set; default 500 ms
 * @param retryMax the longest reconnection time that a publisher may set; default 60 s, not below {@code retryMin}
 * @param maxAge after this time a stream is ended, and its client opens a new one; default 0, which means never
 * @param warnBeforeExpiry the time between the warning and the expiry of a stream's token; default 60 s, 0 for no
 *     warning
 * @param stalledTimeout the longest time in which a stream may take none of its waiting bytes; after that it is ended;
 *     default 30 s
 */
public record StreamOptions(
        Duration heartbeat,
        Duration retry,
        Duration retryMin,
        Duration retryMax,
        Duration maxAge,
        Duration warnBeforeExpiry,
        Duration stalledTimeout) {
    private static final Range<Duration> HEARTBEATS = Range.ofDurations(Duration.ofMillis(100), Duration.ofDays(1));
    private static final Range<Duration> RETRIES = Range.ofDurations(Duration.ofMillis(10), Duration.ofHours(1));
    private static final Range<Duration> AGES = Range.ofDurations(Duration.ZERO, Duration.ofDays(365));
    private static final Range<Duration> WARNINGS = Range.ofDurations(Duration.ZERO, Duration.ofDays(1));
    private static final Range<Duration> TIMEOUTS = Range.ofDurations(Duration.ofMillis(100), Duration.ofHours(1));

    /** The defaults. */
    public static final StreamOptions DEFAULT = new StreamOptions(
            Duration.ofSeconds(15),
            Duration.ofSeconds(2),
            Duration.ofMillis(500),
            Duration.ofSeconds(60),
            Duration.ZERO,
            Duration.ofSeconds(60),
            Duration.ofSeconds(30));

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message starts with its key
     */
    public StreamOptions {
        HEARTBEATS.check("heartbeat", heartbeat);
        RETRIES.check("retry", retry);
        RETRIES.check("retryMin", retryMin);
        RETRIES.check("retryMax", retryMax);
        if (retryMin.compareTo(retryMax) > 0) {
            throw new IllegalArgumentException("retryMin: %d ms (expected: at most retryMax, which is %d ms)"
                    .formatted(retryMin.toMillis(), retryMax.toMillis()));
        }
        AGES.check("maxAge", maxAge);
        WARNINGS.check("warnBeforeExpiry", warnBeforeExpiry);
        TIMEOUTS.check("stalledTimeout", stalledTimeout);
    }

    /**
     * Brings the reconnection time of a publisher's event within the bounds of this node.
     *
     * @param event any event
     * @return an event with a reconnection time within the bounds; the same event if nothing had to change
     */
    public Event bounded(Event event) {
        Duration asked = event.retry();
        if (asked == null) {
            return event;
        }
        Duration least = asked.compareTo(retryMin) < 0 ? retryMin : asked;
        Duration granted = least.compareTo(retryMax) > 0 ? retryMax : least;
        return event.withRetry(granted);
    }

    /**
     * Reads the section {@code stream}.
     *
     * @param stream the section
     */
    public static StreamOptions from(Section stream) {
        return stream.build(() -> new StreamOptions(
                stream.quantity(
                        Key.of("heartbeat", "A comment is sent after this time without events"),
                        DEFAULT.heartbeat,
                        HEARTBEATS),
                stream.quantity(
                        Key.live(
                                "retry",
                                "The mean time before a browser reconnects: each stream gets a value between half and one and a half times as much"),
                        DEFAULT.retry,
                        RETRIES),
                stream.quantity(
                        Key.of(
                                "retryMin",
                                "The shortest reconnection time that a publisher can set; a shorter one is raised to it"),
                        DEFAULT.retryMin,
                        RETRIES),
                stream.quantity(
                        Key.of(
                                "retryMax",
                                "The longest reconnection time that a publisher can set; a longer one is lowered to it"),
                        DEFAULT.retryMax,
                        RETRIES),
                stream.quantity(
                        Key.live("maxAge", "A stream ends after this time, and its client reconnects; 0: never"),
                        DEFAULT.maxAge,
                        AGES),
                stream.quantity(
                        Key.live(
                                "warnBeforeExpiry",
                                "How long before its token expires a stream gets a warning; 0: no warning"),
                        DEFAULT.warnBeforeExpiry,
                        WARNINGS),
                stream.quantity(
                        Key.of("stalledTimeout", "A stream that takes nothing for this time is cut"),
                        DEFAULT.stalledTimeout,
                        TIMEOUTS)));
    }

    /** Returns the options as the section {@code stream}, with the keys of the configuration. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("heartbeat", HEARTBEATS.write(heartbeat))
                .put("retry", RETRIES.write(retry))
                .put("retryMin", RETRIES.write(retryMin))
                .put("retryMax", RETRIES.write(retryMax))
                .put("maxAge", AGES.write(maxAge))
                .put("warnBeforeExpiry", WARNINGS.write(warnBeforeExpiry))
                .put("stalledTimeout", TIMEOUTS.write(stalledTimeout));
    }
}
