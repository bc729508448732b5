package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Limits the number of new channels that the streams of one client address may open in a minute.
 *
 * <p>A new channel counts once a minute. Otherwise 1,000 clients of one address that open the same new channel at the same moment
 * would count 1,000 times, because the channel stays new until the first of them has joined it.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class NewChannelLimit {
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();
    // With more clients the counts start again: counts per address cannot stop a client that has thousands of
    // addresses.
    private static final int MAX_CLIENTS = 100_000;
    // Bounds the memory for names. Beyond this bound, a name is counted at each request.
    private static final int MAX_NAMES = 10_000;

    private volatile int perMinute;
    private final NodeClock clock;
    private final Map<String, Integer> opened = new HashMap<>();
    private final Set<ChannelName> counted = new HashSet<>();
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

    /** Sets another limit. Any thread. */
    void limit(int channelsPerMinute) {
        perMinute = channelsPerMinute;
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
    Duration take(String client, List<ChannelName> channels) {
        long nowMillis = clock.elapsedMillis();
        if (nowMillis >= minuteEndMillis || opened.size() >= MAX_CLIENTS) {
            opened.clear();
            counted.clear();
            minuteEndMillis = nowMillis + MINUTE_MILLIS;
        }
        List<ChannelName> uncounted =
                channels.stream().filter(name -> !counted.contains(name)).toList();
        if (uncounted.isEmpty()) {
            return Duration.ZERO;
        }
        if (opened.getOrDefault(client, 0) >= perMinute) {
            return Duration.ofMillis(minuteEndMillis - nowMillis);
        }
        opened.merge(client, uncounted.size(), Integer::sum);
        uncounted.stream().limit(MAX_NAMES - counted.size()).forEach(counted::add);
        return Duration.ZERO;
    }
}
