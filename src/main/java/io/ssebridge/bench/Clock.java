package io.ssebridge.bench;

/** When the first event is due and from when on is measured. Any thread. */
final class Clock {
    private final long warmUp;
    private volatile long origin = Long.MAX_VALUE;

    Clock(Load load) {
        this.warmUp = load.warmUp().toNanos();
    }

    /** The first event is due now. */
    void start() {
        origin = System.nanoTime();
    }

    /** By {@link System#nanoTime}. */
    long origin() {
        return origin;
    }

    /** Whether an event that is due so many nanoseconds after the first is measured. */
    boolean measures(long due) {
        return due >= warmUp;
    }

    /** From when an event was due until now, by {@link System#nanoTime}. */
    long late(long due, long now) {
        return Math.max(0, now - origin - due);
    }
}
