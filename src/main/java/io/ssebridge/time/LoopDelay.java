package io.ssebridge.time;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/**
 * Measures how late an event loop runs its timers: something else has kept it busy, or the process did not run.
 *
 * <p><b>Owner:</b> the event loop.
 */
public final class LoopDelay {
    /** The time between two measurements. */
    public static final Duration PERIOD = Duration.ofMillis(250);

    private final Timer delay;
    private long lastNanos;

    /**
     * Begins to measure.
     *
     * @param meters the metrics of the node
     * @param nowNanos the monotonic time, in nanoseconds
     */
    public LoopDelay(MeterRegistry meters, long nowNanos) {
        this.delay = DelayTimer.of("sse.loop.delay", "Time by which event loops have run their timers late", meters);
        this.lastNanos = nowNanos;
    }

    /**
     * Records how late this call is. It is due once every {@link #PERIOD}.
     *
     * @param nowNanos the monotonic time, in nanoseconds
     */
    public void tick(long nowNanos) {
        delay.record(Duration.ofNanos(Math.max(0, nowNanos - lastNanos - PERIOD.toNanos())));
        lastNanos = nowNanos;
    }
}
