package io.ssebridge.bus;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.vertx.core.eventbus.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts and logs the faulty messages of other nodes. Their exceptions must not reach Vert.x, which would log a stack
 * trace for each.
 *
 * <p><b>Owner:</b> the event loop that takes the messages.
 */
final class FaultyMessages {
    private static final Logger LOG = LoggerFactory.getLogger(FaultyMessages.class);

    private static final int MOST_CHARACTERS = 300;

    private final LogLimit logLimit;
    private final Counter refusals;

    FaultyMessages(NodeClock clock, MeterRegistry meters) {
        this.logLimit = new LogLimit(clock);
        this.refusals = Counter.builder("sse.node.messages.refused")
                .description("Messages of other nodes that could not be read or were not for this node")
                .register(meters);
    }

    void refused(Message<Object> message, RuntimeException why) {
        refusals.increment();
        logLimit.log(() -> LOG.warn(
                "Refused a message on {}, perhaps of another version: {} (said at most once a minute)",
                message.address(),
                shortened(why.toString())));
    }

    /** Cuts a text that may contain a part of a message. */
    static String shortened(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS) + "…";
    }
}
