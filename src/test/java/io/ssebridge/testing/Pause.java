package io.ssebridge.testing;

import java.time.Duration;

/** The one place that sleeps: between two looks at a condition that sends no notice, or where a test is about time itself. */
public final class Pause {
    private Pause() {}

    /** Waits. */
    public static void of(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
