package io.ssebridge.subscriber;

import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.ssebridge.event.Event;
import java.time.Duration;

/**
 * How every event stream is kept alive and ended.
 *
 * @param heartbeat a comment is sent after so much silence, that proxies do not cut the stream; 15 s unless given, at
 *     least 100 ms
 * @param retry how long a browser waits before it reconnects, on average; 2 s unless given
 * @param retryMin the shortest reconnection time that a publisher may ask for; 500 ms unless given
 * @param retryMax the longest; 60 s unless given, not below {@code retryMin}
 * @param maxAge after so long a stream is ended, to be opened anew; 0, never, unless given
 * @param warnBeforeExpiry how long before its token expires a stream is warned; 60 s unless given, 0 for no warning
 * @param stalledTimeout how long a stream may take nothing of what waits for it before it is ended; 30 s unless given
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

    /** The options that hold unless others are given. */
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
     * @throws IllegalArgumentException if one is wrong; the message opens with its key
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
     * @return the same event if it has none, or one within the bounds
     */
    public Event bounded(Event event) {
        Duration asked = event.retry();
        if (asked == null) {
            return event;
        }
        Duration least = asked.compareTo(retryMin) < 0 ? retryMin : asked;
        Duration granted = least.compareTo(retryMax) > 0 ? retryMax : least;
        return granted.equals(asked) ? event : new Event(event.name(), event.data(), granted);
    }

    /**
     * Reads the section {@code stream}.
     *
     * @param stream the section
     */
    public static StreamOptions from(Section stream) {
        return stream.build(() -> new StreamOptions(
                stream.quantity("heartbeat", DEFAULT.heartbeat, HEARTBEATS),
                stream.quantity("retry", DEFAULT.retry, RETRIES),
                stream.quantity("retryMin", DEFAULT.retryMin, RETRIES),
                stream.quantity("retryMax", DEFAULT.retryMax, RETRIES),
                stream.quantity("maxAge", DEFAULT.maxAge, AGES),
                stream.quantity("warnBeforeExpiry", DEFAULT.warnBeforeExpiry, WARNINGS),
                stream.quantity("stalledTimeout", DEFAULT.stalledTimeout, TIMEOUTS)));
    }
}
