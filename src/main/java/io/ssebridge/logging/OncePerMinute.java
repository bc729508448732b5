package io.ssebridge.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Lets the same line of a library pass at most once a minute. Vert.x logs a line for each message with an unknown
 * codec, and for each message that waits for a lost node. A fast sender of such messages would fill the disk. The
 * bridge's own lines all pass.
 *
 * <p>Any thread: its own lock guards the map. The appenders after this filter also have a lock each.
 */
public final class OncePerMinute extends Filter<ILoggingEvent> {
    private static final String OURS = "io.ssebridge.";
    private static final long MINUTE_MILLIS = Duration.ofMinutes(1).toMillis();
    private static final int MOST = 256;

    private final Map<String, Long> said = new LinkedHashMap<>();

    @Override
    public FilterReply decide(ILoggingEvent event) {
        if (event.getLoggerName().startsWith(OURS)) {
            return FilterReply.NEUTRAL;
        }
        String line = event.getLoggerName() + ' ' + event.getFormattedMessage();
        long nowMillis = event.getTimeStamp();
        synchronized (said) {
            Long lastMillis = said.get(line);
            // If the clock was set back, the line would stay silent until the old time is reached again.
            if (lastMillis != null && nowMillis >= lastMillis && nowMillis - lastMillis < MINUTE_MILLIS) {
                return FilterReply.DENY;
            }
            said.put(line, nowMillis);
            if (said.size() > MOST) {
                said.remove(said.keySet().iterator().next());
            }
            return FilterReply.NEUTRAL;
        }
    }
}
