package io.ssebridge.bench;

import org.HdrHistogram.Histogram;

/** Publishes the events of a run. It starts with {@link #run}, which returns when all events are sent and answered. */
interface Publishing extends Runnable {
    /** Returns the number of events that the server has accepted so far; any thread. */
    long accepted();

    /** Returns the number of events that the server has refused or not answered; any thread. */
    long failed();

    /** Returns the text of the last refusal, or an empty text. */
    String failure();

    /**
     * Returns the nanoseconds from the time at which an event was due to the answer of the server. Read it after the
     * run.
     */
    Histogram answers();
}
