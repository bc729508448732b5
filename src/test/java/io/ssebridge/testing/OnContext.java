package io.ssebridge.testing;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Lets a test step onto the context that owns the tested object. */
public final class OnContext {
    private static final long PATIENCE_SECONDS = 20;
    private static final int TURNS = 20;

    private final Context owner;

    /** Steps onto this one. */
    public OnContext(Context owner) {
        this.owner = owner;
    }

    /** Runs a step there and waits for it. */
    public void run(Runnable step) {
        call(() -> {
            step.run();
            return Future.succeededFuture();
        });
    }

    /** Runs a step there and returns its result. */
    public <T> T get(Supplier<T> step) {
        return call(() -> Future.succeededFuture(step.get()));
    }

    /** Runs a step there and waits for its future. */
    public <T> T call(Supplier<Future<T>> step) {
        return await(begin(step));
    }

    /** Runs a step there; its outcome is waited for later. */
    public <T> CompletableFuture<T> begin(Supplier<Future<T>> step) {
        CompletableFuture<T> done = new CompletableFuture<>();
        owner.runOnContext(go -> {
            try {
                step.get().onSuccess(done::complete).onFailure(done::completeExceptionally);
            } catch (RuntimeException | AssertionError e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    /** Lets everything run there that hops from step to step. */
    public void settle() {
        call(() -> turns(TURNS));
    }

    /**
     * Keeps its event loop busy from a step on; returns in between.
     *
     * @return ends it
     */
    public CountDownLatch hold(Runnable step) {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        owner.runOnContext(busy -> {
            step.run();
            held.countDown();
            await(over);
        });
        await(held);
        return over;
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("it does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    // All on the event loop: a hop to the thread of the test and back takes as long as a hundred of these.
    private Future<Void> turns(int more) {
        if (more == 0) {
            return Future.succeededFuture();
        }
        Promise<Void> done = Promise.promise();
        owner.runOnContext(next -> turns(more - 1).onComplete(done));
        return done.future();
    }

    /** Returns a future with the same outcome, which completes on the thread of the caller, as answers of the cluster do. */
    public static <T> Future<T> onCaller(Future<T> outcome) {
        Context caller = Vertx.currentContext();
        Thread thread = Thread.currentThread();
        Promise<T> promise = Promise.promise();
        outcome.onComplete(result -> {
            if (caller == null || Thread.currentThread() == thread) {
                promise.handle(result);
            } else {
                caller.runOnContext(back -> promise.handle(result));
            }
        });
        return promise.future();
    }

    /** Waits. */
    public static <T> T await(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError("it does not end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
