package io.ssebridge.bus;

import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import org.jspecify.annotations.Nullable;

/** Failures of requests as they travel over the event bus. The code is the HTTP status of the same failure. */
final class Refusals {
    static final int BAD_REQUEST = 400;
    static final int NOT_FOUND = 404;
    static final int TOO_LARGE = 413;
    static final int MISDIRECTED = 421;
    static final int TOO_MANY = 429;
    static final int UNAVAILABLE = 503;

    private Refusals() {}

    static ReplyException of(int status, String detail) {
        return new ReplyException(ReplyFailure.RECIPIENT_FAILURE, status, detail);
    }

    static ReplyException misdirected(@Nullable String leader) {
        return of(MISDIRECTED, "led by " + (leader == null ? "no node yet" : leader));
    }

    /**
     * Returns whether another attempt may succeed: the address had no consumer, the asked node was not the leader, or
     * no answer came.
     */
    static boolean mayAskAgain(Throwable failure) {
        return failure instanceof ReplyException reply
                && (reply.failureType() != ReplyFailure.RECIPIENT_FAILURE || reply.failureCode() == MISDIRECTED);
    }

    /**
     * Converts a failure to one that a client may see. Unknown failures become 503; internal details are not exposed.
     *
     * @throws OutOfMemoryError if the failure is one, because it must reach the handler that ends the node
     */
    static ReplyException from(Throwable failure) {
        if (failure.getClass() == OutOfMemoryError.class) {
            throw (OutOfMemoryError) failure;
        }
        if (failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE) {
            return reply.failureCode() == MISDIRECTED ? of(UNAVAILABLE, "no node leads this channel now") : reply;
        }
        return failure instanceof IllegalArgumentException
                ? of(BAD_REQUEST, String.valueOf(failure.getMessage()))
                : of(UNAVAILABLE, "not published: the channel's leader did not answer");
    }

    /**
     * Converts a failure to one for another node. Unlike a client, a node may learn that this node is not the leader,
     * and acts on it.
     */
    static ReplyException betweenNodes(Throwable failure) {
        return failure instanceof ReplyException reply && reply.failureCode() == MISDIRECTED ? reply : from(failure);
    }

    static void fail(Message<?> message, Throwable failure) {
        ReplyException refusal = from(failure);
        message.fail(refusal.failureCode(), refusal.getMessage());
    }
}
