package io.ssebridge.wire;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import org.jspecify.annotations.Nullable;

/** Failures of requests as they travel over the event bus. The code is the HTTP status of the same failure. */
public final class Refusals {
    public static final int BAD_REQUEST = 400;
    public static final int FORBIDDEN = 403;
    public static final int NOT_FOUND = 404;
    public static final int ENDED = 409;
    public static final int TOO_LARGE = 413;
    public static final int MISDIRECTED = 421;
    public static final int TOO_MANY = 429;
    public static final int UNAVAILABLE = 503;

    private Refusals() {}

    /**
     * Creates a refusal.
     *
     * @param status an HTTP status
     * @param detail the reason, for the client
     */
    public static ReplyException of(int status, String detail) {
        return new ReplyException(ReplyFailure.RECIPIENT_FAILURE, status, detail);
    }

    /** Creates the refusal for a channel that no rule of the configuration matches. */
    public static ReplyException noRule(ChannelName channel) {
        return of(NOT_FOUND, "channel \"%s\": no rule".formatted(channel));
    }

    /** Creates the refusal of a node that does not lead the channel. */
    public static ReplyException misdirected(@Nullable String leader) {
        return of(MISDIRECTED, "led by " + (leader == null ? "no node yet" : leader));
    }

    /**
     * Returns whether another attempt may succeed: the address had no consumer, the asked node was not the leader, or
     * no answer came.
     */
    public static boolean mayAskAgain(Throwable failure) {
        return failure instanceof ReplyException reply
                && (reply.failureType() != ReplyFailure.RECIPIENT_FAILURE || reply.failureCode() == MISDIRECTED);
    }

    /**
     * Converts a failure to one that a client may see. Unknown failures become 503; internal details are not exposed.
     *
     * @throws OutOfMemoryError if the failure is one, because it must reach the handler that ends the node
     */
    public static ReplyException from(Throwable failure) {
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
    public static ReplyException betweenNodes(Throwable failure) {
        return failure instanceof ReplyException reply && reply.failureCode() == MISDIRECTED ? reply : from(failure);
    }

    /** Answers a message with the failure that a client may see. */
    public static void fail(Message<?> message, Throwable failure) {
        ReplyException refusal = from(failure);
        message.fail(refusal.failureCode(), refusal.getMessage());
    }
}
