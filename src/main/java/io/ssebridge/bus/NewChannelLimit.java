package io.ssebridge.bus;

import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Limits the number of new channels that the streams of one client address may open in a minute.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class NewChannelLimit {
    private static final long MINUTE = Duration.ofMinutes(1).toMillis();
    // With more clients the counts start again: counts per address cannot stop a client that has so many addresses.
    private static final int MAX_CLIENTS = 100_000;

    private final int perMinute;
    private final NodeClock clock;
    private final Map<String, Integer> opened = new HashMap<>();
    private long minuteEndMillis;

    /**
     * Creates the limit.
     *
     * @param perMinute the number of new channels per minute; 0: no limit
     */
    NewChannelLimit(int perMinute, NodeClock clock) {
        this.perMinute = perMinute;
        this.clock = clock;
    }

    /** Returns whether there is a limit. */
    boolean isOn() {
        return perMinute > 0;
    }

    /**
     * Counts new channels of a client, unless the client has reached its limit. The last request of a minute may exceed
     * the limit: otherwise a request for many channels would never be admitted.
     *
     * @return zero if they are counted, otherwise the time after which the client may try again
     */
    Duration take(String client, int channels) {
        long now = clock.elapsedMillis();
        if (now >= minuteEndMillis || opened.size() >= MAX_CLIENTS) {
            opened.clear();
            minuteEndMillis = now + MINUTE;
        }
        if (opened.getOrDefault(client, 0) >= perMinute) {
            return Duration.ofMillis(minuteEndMillis - now);
        }
        opened.merge(client, channels, Integer::sum);
        return Duration.ZERO;
    }
}
