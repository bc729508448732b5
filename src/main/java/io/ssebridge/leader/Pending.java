package io.ssebridge.leader;

import io.ssebridge.wire.AppendReceipt;
import io.ssebridge.wire.Submission;
import io.vertx.core.Promise;

/**
 * A submitted event that has no receipt yet.
 *
 * @param submission the event
 * @param kept completes with the receipt of the event
 */
public record Pending(Submission submission, Promise<AppendReceipt> kept) {
    long uid() {
        return submission.uid();
    }
}
