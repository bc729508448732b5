package io.ssebridge.testing;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock that stands until it is told to go on. Any thread. */
public final class FakeClock implements InstantSource {
    private volatile Instant now = Instant.parse("2026-11-20T12:00:00Z");

    @Override
    public Instant instant() {
        return now;
    }

    /** Goes on. */
    public void pass(Duration time) {
        now = now.plus(time);
    }
}
