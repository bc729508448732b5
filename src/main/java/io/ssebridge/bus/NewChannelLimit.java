package io.ssebridge.bus;

import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * How many new channels the streams of each client address have opened in the current minute.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class NewChannelLimit {
    private static final long MINUTE = Duration.ofMinutes(1).toMillis();
    // Beyond it the counts begin anew: who has so many addresses is not kept back by a count of each.
    private static final int MAX_CLIENTS = 100_000;

    private final int perMinute;
    private final NodeClock clock;
    private final Map<String, Integer> opened = new HashMap<>();
    private long minuteEndMillis;

    /**
     * Counts nobody yet.
     *
     * @param perMinute how many per minute; 0: no limit
     */
    NewChannelLimit(int perMinute, NodeClock clock) {
        this.perMinute = perMinute;
        this.clock = clock;
    }

    /** Whether there is a limit. */
    boolean isOn() {
        return perMinute > 0;
    }

    /**
     * Counts new channels of a client, unless it has had its number. The last request of a minute may go beyond it, since
     * one with many channels would otherwise never be let in.
     *
     * @return zero, or after how long to come again
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
