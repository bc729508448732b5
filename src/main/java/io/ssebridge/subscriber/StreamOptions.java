package io.ssebridge.subscriber;

import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
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
     * Reads the section {@code stream}.
     *
     * @param stream the section
     */
    public static StreamOptions from(Section stream) {
        return stream.build(() -> new StreamOptions(
                stream.quantity("heartbeat", Duration.ofSeconds(15), HEARTBEATS),
                stream.quantity("retry", Duration.ofSeconds(2), RETRIES),
                stream.quantity("retryMin", Duration.ofMillis(500), RETRIES),
                stream.quantity("retryMax", Duration.ofSeconds(60), RETRIES),
                stream.quantity("maxAge", Duration.ZERO, AGES),
                stream.quantity("warnBeforeExpiry", Duration.ofSeconds(60), WARNINGS),
                stream.quantity("stalledTimeout", Duration.ofSeconds(30), TIMEOUTS)));
    }
}
