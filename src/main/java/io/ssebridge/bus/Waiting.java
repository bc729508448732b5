package io.ssebridge.bus;

import io.vertx.core.Promise;

/**
 * An event that waits for its place.
 *
 * @param submission the event
 * @param kept its place, once it has one
 */
record Waiting(Submission submission, Promise<Place> kept) {
    long uid() {
        return submission.uid();
    }
}
