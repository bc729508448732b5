package io.ssebridge.bus;

import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import org.jspecify.annotations.Nullable;

/** Sends the answers to messages of other nodes. */
final class NodeAnswers {
    private NodeAnswers() {}

    /** Finds the answer to a message. It may throw if the message is faulty. */
    interface Step {
        Future<@Nullable Object> answer();
    }

    /** Answers a message by the result of a step. An exception of the step must not reach Vert.x. */
    static void send(Message<Object> message, FaultyMessages faulty, Step step) {
        try {
            step.answer().onSuccess(answer -> reply(message, answer)).onFailure(failure -> fail(message, failure));
        } catch (RuntimeException e) {
            refuse(message, faulty, e);
        }
    }

    /** Refuses a faulty message. Its parts may be missing or of other types, which gives any exception. */
    static void refuse(Message<Object> message, FaultyMessages faulty, RuntimeException why) {
        faulty.refused(message, why);
        boolean isClear = why instanceof ReplyException || why instanceof IllegalArgumentException;
        fail(message, isClear ? why : new IllegalArgumentException("message: cannot be read", why));
    }

    /** Answers a message, if its sender waits for an answer. */
    static void reply(Message<Object> message, @Nullable Object answer) {
        if (message.replyAddress() != null) {
            message.reply(answer);
        }
    }

    private static void fail(Message<Object> message, Throwable failure) {
        if (message.replyAddress() != null) {
            ReplyException refusal = Refusals.betweenNodes(failure);
            message.fail(refusal.failureCode(), refusal.getMessage());
        }
    }
}
