package io.ssebridge.history;

import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Repeats an asynchronous step until it yields a result. A step that completes at once does not make the stack deeper:
 * a history in memory completes thousands of steps at once.
 *
 * <p><b>Owner:</b> the context on which the steps complete.
 */
final class AsyncLoop<T> {
    private final Supplier<Future<Optional<T>>> step;
    private final Promise<T> result = Promise.promise();
    // The number of steps to run. It is above 1 while the loop below is on the stack and its step has completed at
    // once.
    private final AtomicInteger due = new AtomicInteger();

    private AsyncLoop(Supplier<Future<Optional<T>>> step) {
        this.step = step;
    }

    /**
     * Repeats a step.
     *
     * @param step yields the result; empty if the step must be repeated
     */
    static <T> Future<T> run(Supplier<Future<Optional<T>>> step) {
        AsyncLoop<T> loop = new AsyncLoop<>(step);
        loop.goOn();
        return loop.result.future();
    }

    private void goOn() {
        if (due.getAndIncrement() > 0) {
            return;
        }
        do {
            attempt().onComplete(this::answered);
        } while (due.decrementAndGet() > 0);
    }

    private Future<Optional<T>> attempt() {
        try {
            return step.get();
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void answered(AsyncResult<Optional<T>> answer) {
        if (answer.failed()) {
            result.fail(answer.cause());
        } else if (answer.result().isPresent()) {
            result.complete(answer.result().get());
        } else {
            goOn();
        }
    }
}
