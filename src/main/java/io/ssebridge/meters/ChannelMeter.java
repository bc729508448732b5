package io.ssebridge.meters;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the subscribers and events of one channel on a node, or of all channels that share a label. Any thread. */
public final class ChannelMeter {
    private static final String LABEL = "channel";

    private final AtomicInteger subscribers = new AtomicInteger();
    private final Counter appended;
    private final Counter offered;

    ChannelMeter(String channel, MeterRegistry meters) {
        var unused = Gauge.builder("sse.channel.subscribers", subscribers, AtomicInteger::get)
                .description("Open event streams of a channel on this node")
                .tag(LABEL, channel)
                .register(meters);
        this.appended = Counter.builder("sse.channel.events.appended")
                .description("Events that this node has appended to the history of a channel that it leads")
                .tag(LABEL, channel)
                .register(meters);
        this.offered = Counter.builder("sse.channel.events.offered")
                .description("New events of a channel for the streams of this node, each once for each stream")
                .tag(LABEL, channel)
                .register(meters);
    }

    /**
     * Counts streams that join or leave.
     *
     * @param more the number of streams that join; negative: that leave
     */
    public void subscribers(int more) {
        subscribers.addAndGet(more);
    }

    /**
     * Counts events that the leader of the channel has appended.
     *
     * @param events the number of events
     */
    public void appended(int events) {
        appended.increment(events);
    }

    /**
     * Counts new events for streams of this node.
     *
     * @param events the number of events, each once for each stream
     */
    public void offered(long events) {
        offered.increment((double) events);
    }
}
