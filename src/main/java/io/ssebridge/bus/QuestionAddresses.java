package io.ssebridge.bus;

import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The addresses on which every node answers questions of other services, such as {@code sse.history}. All nodes give the
 * same answers.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class QuestionAddresses {
    private final Map<String, Answer> answers;
    private int unanswered;

    /** Answers a question; it may also throw a refusal. */
    interface Answer extends Function<@Nullable Object, Future<JsonObject>> {}

    /**
     * Creates the addresses. They are consumed after {@link #open}.
     *
     * @param answers answers the questions on each address
     */
    QuestionAddresses(Map<String, Answer> answers) {
        this.answers = Map.copyOf(answers);
    }

    Future<Void> open(BusConsumers consumers) {
        return Future.join(answers.entrySet().stream()
                        .map(entry -> consumers.open(entry.getKey(), message -> answer(message, entry.getValue())))
                        .toList())
                .mapEmpty();
    }

    Future<Void> close(BusConsumers consumers) {
        return Future.join(answers.keySet().stream().map(consumers::close).toList())
                .mapEmpty();
    }

    /** Returns whether all questions are answered. */
    boolean isQuiet() {
        return unanswered == 0;
    }

    private void answer(Message<Object> message, Answer answer) {
        unanswered++;
        Future.<Void>succeededFuture()
                .compose(asked -> answer.apply(MessageBody.of(message)))
                .onSuccess(message::reply)
                .onFailure(failure -> Refusals.fail(message, failure))
                .onComplete(answered -> unanswered--);
    }
}
