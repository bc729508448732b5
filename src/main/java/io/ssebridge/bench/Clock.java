package io.ssebridge.bench;

/** The time at which the first event is due, and the time at which the measurement begins. Any thread. */
final class Clock {
    private final long warmUp;
    private volatile long origin = Long.MAX_VALUE;

    Clock(Load load) {
        this.warmUp = load.warmUp().toNanos();
    }

    /** Sets the time at which the first event is due to now. */
    void start() {
        origin = System.nanoTime();
    }

    /** Returns the time at which the first event is due, in the time of {@link System#nanoTime}. */
    long origin() {
        return origin;
    }

    /** Returns whether an event is measured that is due this number of nanoseconds after the first event. */
    boolean measures(long due) {
        return due >= warmUp;
    }

    /**
     * Returns the nanoseconds from the time at which an event was due to {@code now}, in the time of {@link
     * System#nanoTime}.
     */
    long late(long due, long now) {
        return Math.max(0, now - origin - due);
    }
}
