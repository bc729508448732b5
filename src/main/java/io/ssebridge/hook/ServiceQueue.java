package io.ssebridge.hook;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Supplier;

/**
 * The questions of one event loop to one service: some are in flight, the others wait for their turn.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class ServiceQueue {
    // A waiting question costs some hundred bytes, and ends with its time-out.
    private static final int WAITING_PER_ASKED = 10;

    private final int maxAsked;
    private final Queue<Question<?>> waiting = new ArrayDeque<>();
    private int asked;

    /** A question, and the promise of its answer. */
    private record Question<T>(Supplier<Future<T>> ask, Promise<T> answer) {}

    /** Creates a queue without questions. */
    ServiceQueue(int maxAsked) {
        this.maxAsked = maxAsked;
    }

    /**
     * Asks a question when it has its turn, unless its answer is given up before.
     *
     * @param ask asks it; does not throw. The answer comes on the event loop, in a later task
     * @param answer takes the answer; fails if it is given up
     * @return false if there is no room for it
     */
    <T> boolean add(Supplier<Future<T>> ask, Promise<T> answer) {
        Question<T> question = new Question<>(ask, answer);
        if (asked < maxAsked) {
            begin(question);
            return true;
        }
        // A question that was given up leaves the queue only here and in its turn.
        if (waiting.size() >= maxAsked * WAITING_PER_ASKED) {
            waiting.removeIf(each -> each.answer.future().isComplete());
        }
        return waiting.size() < maxAsked * WAITING_PER_ASKED && waiting.add(question);
    }

    private <T> void begin(Question<T> question) {
        asked++;
        question.answer.future().onComplete(done -> {
            asked--;
            next();
        });
        question.ask.get().onComplete(done -> {
            if (done.succeeded()) {
                question.answer.tryComplete(done.result());
            } else {
                question.answer.tryFail(done.cause());
            }
        });
    }

    private void next() {
        while (asked < maxAsked) {
            Question<?> question = waiting.poll();
            if (question == null) {
                return;
            }
            if (!question.answer.future().isComplete()) {
                begin(question);
            }
        }
    }
}
