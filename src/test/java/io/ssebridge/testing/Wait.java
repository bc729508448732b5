package io.ssebridge.testing;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for conditions that other threads bring about and tell of by {@link Object#notifyAll}. */
final class Wait {
    private Wait() {}

    /**
     * Waits until a condition holds or the time is up, and answers whether it holds.
     *
     * @param monitor guards the condition; its holder calls {@code notifyAll} on it after each change
     */
    static boolean until(Object monitor, BooleanSupplier condition, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        synchronized (monitor) {
            while (!condition.getAsBoolean()) {
                long millis = Duration.ofNanos(deadline - System.nanoTime()).toMillis();
                if (millis <= 0) {
                    return false;
                }
                try {
                    monitor.wait(millis);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
            return true;
        }
    }
}
