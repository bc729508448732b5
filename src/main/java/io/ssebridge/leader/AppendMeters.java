package io.ssebridge.leader;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.meters.ChannelMeter;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.time.DelayTimer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Measures the appends of the leaders on a node. Any thread. */
public final class AppendMeters {
    private final Timer appends;
    private final Counter events;
    private final Counter failed;
    private final ChannelMeters channels;

    /**
     * Registers the meters.
     *
     * @param meters the metrics of the node
     * @param channels the metrics of single channels
     */
    public AppendMeters(MeterRegistry meters, ChannelMeters channels) {
        this.channels = channels;
        this.appends =
                DelayTimer.of("sse.appends", "Appends to histories, and the time until each was acknowledged", meters);
        this.events = Counter.builder("sse.events.appended")
                .description("Events in acknowledged appends")
                .register(meters);
        this.failed = Counter.builder("sse.appends.failed")
                .description("Appends that were given up")
                .register(meters);
    }

    /** Returns the meter of a channel; null: its rule asks for none. */
    @Nullable
    ChannelMeter of(ChannelName name) {
        return channels.find(name);
    }

    void appended(int more, long nanos) {
        appends.record(nanos, TimeUnit.NANOSECONDS);
        events.increment(more);
    }

    void failed() {
        failed.increment();
    }
}
