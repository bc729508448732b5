package io.ssebridge.bench;

/** The time at which the first event is due, and the time at which the measurement begins. Any thread. */
final class Clock {
    private final long warmUpNanos;
    private volatile long originNanos = Long.MAX_VALUE;

    Clock(Load load) {
        this.warmUpNanos = load.warmUp().toNanos();
    }

    /** Sets the time at which the first event is due to now. */
    void start() {
        originNanos = System.nanoTime();
    }

    /** Returns the time at which the first event is due, in the time of {@link System#nanoTime}. */
    long originNanos() {
        return originNanos;
    }

    /** Returns whether an event is measured that is due this number of nanoseconds after the first event. */
    boolean measures(long dueNanos) {
        return dueNanos >= warmUpNanos;
    }

    /**
     * Returns the nanoseconds from the time at which an event was due to {@code nowNanos}, in the time of {@link
     * System#nanoTime}.
     */
    long lateNanos(long dueNanos, long nowNanos) {
        return Math.max(0, nowNanos - originNanos - dueNanos);
    }
}
