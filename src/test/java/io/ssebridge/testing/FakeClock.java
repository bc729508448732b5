package io.ssebridge.testing;

import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Clocks that stand still until a test moves them. Any thread. */
public final class FakeClock implements NodeClock {
    private volatile Instant now = Instant.parse("2026-11-20T12:00:00Z");
    private final AtomicLong elapsedMillis = new AtomicLong(1_000_000);

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public long elapsedMillis() {
        return elapsedMillis.get();
    }

    /** Lets time pass, on both clocks. */
    public void pass(Duration time) {
        now = now.plus(time);
        elapsedMillis.addAndGet(time.toMillis());
    }

    /** Sets the wall clock forwards or, with a negative time, backwards. The monotonic clock does not change. */
    public void stepWallClock(Duration time) {
        now = now.plus(time);
    }
}
