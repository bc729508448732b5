package io.ssebridge.bench;

import org.HdrHistogram.Histogram;

/** Publishers at work. They start with {@link #run}, which returns when all is sent and answered. */
interface Publishing extends Runnable {
    /** How many events the server has taken so far; any thread. */
    long accepted();

    /** How many it has refused, or not answered; any thread. */
    long failed();

    /** What the last refusal said; empty: none. */
    String failure();

    /** In nanoseconds, from when an event was due until the server had answered; to be read when it is done. */
    Histogram answers();
}
