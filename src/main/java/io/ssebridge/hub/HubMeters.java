package io.ssebridge.hub;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.ssebridge.history.Replay.Reason;
import io.ssebridge.time.DelayTimer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/** Measures how streams begin, when they are reset, and how late their events are written. Any thread. */
final class HubMeters {
    private final Map<Reason, Counter> resets = new EnumMap<>(Reason.class);
    private final Counter resumed;
    private final Counter withLast;
    private final Counter withSince;
    private final Counter live;
    private final Timer fanOut;

    /**
     * Registers the meters.
     *
     * @param meters the metrics of the node
     */
    HubMeters(MeterRegistry meters) {
        for (Reason reason : Reason.values()) {
            resets.put(
                    reason,
                    Counter.builder("sse.resets")
                            .description("Notices that events are missing, by the reason")
                            .tag("reason", reason.word())
                            .register(meters));
        }
        this.resumed = opened("id", meters);
        this.withLast = opened("last", meters);
        this.withSince = opened("since", meters);
        this.live = opened("live", meters);
        this.fanOut = DelayTimer.of(
                "sse.fanout.delay",
                "Time from the append of an event until all writable streams of an event loop have it",
                meters);
    }

    private static Counter opened(String start, MeterRegistry meters) {
        return Counter.builder("sse.subscribers.opened")
                .description("Streams that have begun, by the point where they began")
                .tag("start", start)
                .register(meters);
    }

    void opened(StartPoint start) {
        if (start.lastEventId().isPresent()) {
            resumed.increment();
        } else if (start.last().isPresent()) {
            withLast.increment();
        } else {
            (start.sinceMillis().isPresent() ? withSince : live).increment();
        }
    }

    void reset(Reason reason) {
        Objects.requireNonNull(resets.get(reason)).increment();
    }

    /**
     * Records that a round has written events.
     *
     * @param millis the time since the append of the oldest of them; the clocks of two nodes differ, so it may be negative
     */
    void fannedOut(long millis) {
        fanOut.record(Duration.ofMillis(Math.max(0, millis)));
    }
}
