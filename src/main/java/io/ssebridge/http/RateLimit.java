package io.ssebridge.http;

import java.time.Duration;

/**
 * A number of events per second. After a pause, as many events as in one second may come at once. A state is one number: the
 * time at which all events so far would be over, if they had come evenly.
 *
 * @param perSecond the number of events; 0: no limit
 */
record RateLimit(int perSecond) {
    private static final long SECOND_MICROS = 1_000_000;

    boolean isOn() {
        return perSecond > 0;
    }

    /** Returns the time until another event may come; zero: now. */
    Duration rest(long stateMicros, long nowMicros) {
        long overMicros = stateMicros - nowMicros - SECOND_MICROS + SECOND_MICROS / perSecond;
        return overMicros <= 0 ? Duration.ZERO : Duration.ofNanos(overMicros * 1_000);
    }

    /** Returns the state after some events. */
    long after(long stateMicros, long nowMicros, int events) {
        return Math.max(stateMicros, nowMicros) + events * SECOND_MICROS / perSecond;
    }
}
