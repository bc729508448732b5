package io.ssebridge.access;

import io.vertx.core.Future;
import java.time.Duration;

/** A document with a key set, which may change at any time. <b>Owner:</b> the context of its {@link KeyRotation}. */
interface KeySetDocument {
    /**
     * Reads the document. Never waits.
     *
     * @return completes with at most {@link KeySetReader#MAX_BYTES} bytes within a few seconds
     */
    Future<byte[]> read();

    /** Returns the time from one reading to the next. */
    Duration period();

    /** Returns the shortest time from one reading to the next, whatever clients send. */
    Duration leastPeriod();

    /** Returns the location, for the log. */
    String location();

    /** Gives back its resources. */
    void close();
}
