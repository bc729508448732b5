package io.ssebridge.hook;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.Service;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the questions of one kind, and logs why services fail, at most once a minute.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class HookReport {
    private static final Logger LOG = LoggerFactory.getLogger(HookReport.class);

    private final String hook;
    private final LogLimit limit;
    private final Counter asked;
    private final Counter failed;

    HookReport(String hook, NodeClock clock, MeterRegistry meters) {
        this.hook = hook;
        this.limit = new LogLimit(clock);
        this.asked = Counter.builder("sse.hooks.asked")
                .description("Questions to services that rules name, by the key of the rule")
                .tag("hook", hook)
                .register(meters);
        this.failed = Counter.builder("sse.hooks.failed")
                .description("Questions to services without a usable answer, by the key of the rule")
                .tag("hook", hook)
                .register(meters);
    }

    void asked() {
        asked.increment();
    }

    /** Counts a failure and logs it. */
    void failed(Service service, ChannelName channel, Throwable why) {
        failed.increment();
        limit.log(() -> {
            if (why instanceof ServiceException known) {
                LOG.warn(
                        "No answer of {} about {} for {}: {} (said at most once a minute)",
                        service,
                        channel,
                        hook,
                        known.getMessage());
            } else {
                LOG.error("No answer of {} about {} for {} (said at most once a minute)", service, channel, hook, why);
            }
        });
    }
}
