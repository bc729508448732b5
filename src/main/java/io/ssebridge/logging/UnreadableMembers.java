package io.ssebridge.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;

/**
 * Drops the log lines of Hazelcast about packets that it cannot read. Members of another version send such packets every
 * second while they try to join; the bridge names each of these members once. Any thread.
 */
public final class UnreadableMembers extends Filter<ILoggingEvent> {
    private static final String READER = "com.hazelcast.spi.impl.operation";
    private static final String UNREADABLE = "com.hazelcast.nio.serialization.HazelcastSerializationException";

    @Override
    public FilterReply decide(ILoggingEvent event) {
        return event.getLoggerName().startsWith(READER)
                        && event.getThrowableProxy() != null
                        && event.getThrowableProxy().getClassName().equals(UNREADABLE)
                ? FilterReply.DENY
                : FilterReply.NEUTRAL;
    }
}
