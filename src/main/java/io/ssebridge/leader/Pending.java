package io.ssebridge.leader;

import io.ssebridge.wire.Place;
import io.ssebridge.wire.Submission;
import io.vertx.core.Promise;

/**
 * A submitted event that has no place yet.
 *
 * @param submission the event
 * @param kept completes with the place of the event
 */
public record Pending(Submission submission, Promise<Place> kept) {
    long uid() {
        return submission.uid();
    }
}
