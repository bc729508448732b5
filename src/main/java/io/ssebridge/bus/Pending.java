package io.ssebridge.bus;

import io.vertx.core.Promise;

/**
 * A submitted event that has no place yet.
 *
 * @param submission the event
 * @param kept completes with the place of the event
 */
record Pending(Submission submission, Promise<Place> kept) {
    long uid() {
        return submission.uid();
    }
}
