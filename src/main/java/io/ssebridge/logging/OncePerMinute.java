package io.ssebridge.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lets a line of a library pass once in a minute: Vert.x says one for each message whose codec it does not know, and for
 * each that waits for a node which is gone, and whoever sends them fast would fill the disk. The bridge's own lines all
 * pass. Any thread; the guard is its own, as the appenders' behind it.
 */
public final class OncePerMinute extends Filter<ILoggingEvent> {
    private static final String OURS = "io.ssebridge.";
    private static final long MINUTE = Duration.ofMinutes(1).toMillis();
    private static final int MOST = 256;

    private final Map<String, Long> said = new LinkedHashMap<>();

    @Override
    public FilterReply decide(ILoggingEvent event) {
        if (event.getLoggerName().startsWith(OURS)) {
            return FilterReply.NEUTRAL;
        }
        String line = event.getLoggerName() + ' ' + event.getFormattedMessage();
        long now = event.getTimeStamp();
        synchronized (said) {
            Long last = said.get(line);
            if (last != null && now - last < MINUTE) {
                return FilterReply.DENY;
            }
            said.put(line, now);
            if (said.size() > MOST) {
                said.remove(said.keySet().iterator().next());
            }
            return FilterReply.NEUTRAL;
        }
    }
}
