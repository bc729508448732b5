package io.ssebridge.http;

import io.ssebridge.time.NodeClock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * The value of the header <a href="https://www.rfc-editor.org/rfc/rfc9110.html#name-date">Date</a>, made once a second.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class DateHeader {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private final NodeClock clock;
    private long lastSeconds = Long.MIN_VALUE;
    private String value = "";

    DateHeader(NodeClock clock) {
        this.clock = clock;
    }

    /** Tells the time now. */
    String value() {
        long nowSeconds = clock.millis() / 1_000;
        if (nowSeconds != lastSeconds) {
            lastSeconds = nowSeconds;
            value = FORMAT.format(Instant.ofEpochSecond(nowSeconds));
        }
        return value;
    }
}
