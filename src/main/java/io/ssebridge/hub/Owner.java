package io.ssebridge.hub;

import io.ssebridge.loop.LoopThread;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/**
 * The one context that may touch an object. Other code switches to this context first, and the object {@linkplain
 * #assertHere asserts} it. Any thread.
 */
public final class Owner {
    private final Context context;
    private final LoopThread thread;

    /**
     * Creates the owner for a context.
     *
     * @param context an event loop's context
     */
    public Owner(Context context) {
        this.context = context;
        this.thread = new LoopThread(context);
    }

    /** Asserts that the current thread belongs to the owner's event loop. */
    public void assertHere() {
        thread.assertHere();
    }

    /**
     * Runs a step on the owner, later.
     *
     * @param step what to run
     */
    public void run(Runnable step) {
        context.runOnContext(onOwner -> step.run());
    }

    /**
     * Runs a step on the owner, at once if the current thread is the owner's. Only code of the node itself may call it: the
     * context of a request may end with its verticle.
     *
     * @param step what to run
     */
    public void runDirectly(Runnable step) {
        if (thread.isCurrent()) {
            step.run();
        } else {
            run(step);
        }
    }

    /**
     * Runs a step on the owner and brings the result back, as {@link #call}; at once if the current thread is the owner's.
     * Only code of the node itself may call it, as above.
     *
     * @param step what to run
     * @param <T> the type of the result
     */
    public <T> Future<T> callDirectly(Supplier<Future<T>> step) {
        return thread.isCurrent() ? attempt(step) : call(step);
    }

    /**
     * Runs a step on the owner after some time; called on the owner.
     *
     * @param millis the time in milliseconds, at least 1
     * @param step what to run
     */
    void after(long millis, Runnable step) {
        assertHere();
        context.owner().setTimer(millis, passed -> step.run());
    }

    /**
     * Runs a step on the owner and brings the result back.
     *
     * @param step what to run
     * @param <T> the type of the result
     * @return the result, on the caller's own context; a failed future too if the step throws
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

    /** Completes on the owner after some time; called on the owner. */
    Future<Void> delay(long millis) {
        Promise<Void> passed = Promise.promise();
        after(millis, passed::complete);
        return passed.future();
    }

    /** Runs a step at once and returns its result; an exception becomes a failed future. */
    static <T> Future<T> attempt(Supplier<Future<T>> step) {
        try {
            return step.get();
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }
}
