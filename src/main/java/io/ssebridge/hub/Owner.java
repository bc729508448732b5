package io.ssebridge.hub;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/** The one context that may touch an object; everybody else comes here first. Any thread. */
public final class Owner {
    private final Context context;

    /**
     * Names the owner.
     *
     * @param context an event loop's context
     */
    public Owner(Context context) {
        this.context = context;
    }

    /**
     * Runs something on the owner, later.
     *
     * @param step what to run
     */
    public void run(Runnable step) {
        context.runOnContext(onOwner -> step.run());
    }

    /**
     * Runs something on the owner when some time has passed; to be called there.
     *
     * @param millis how long, at least 1
     * @param step what to run
     */
    void after(long millis, Runnable step) {
        context.owner().setTimer(millis, passed -> step.run());
    }

    /**
     * Runs something on the owner and brings the answer back.
     *
     * @param step what to run
     * @param <T> what it answers
     * @return the answer, on the caller's own context; failed too if the step throws
     */
    public <T> Future<T> call(Supplier<Future<T>> step) {
        Context caller = Vertx.currentContext();
        Promise<T> answer = Promise.promise();
        run(() -> attempt(step).onComplete(result -> {
            if (caller == null || caller == context) {
                answer.handle(result);
            } else {
                caller.runOnContext(back -> answer.handle(result));
            }
        }));
        return answer.future();
    }

    /** Done on the owner when some time has passed; to be called there. */
    Future<Void> delay(long millis) {
        Promise<Void> passed = Promise.promise();
        after(millis, passed::complete);
        return passed.future();
    }

    /** What a step answers; failed too if it throws. */
    static <T> Future<T> attempt(Supplier<Future<T>> step) {
        try {
            return step.get();
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }
}
