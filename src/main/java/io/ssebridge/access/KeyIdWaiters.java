package io.ssebridge.access;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The tokens that name an unknown key, while the key set is read again. They take a limited number of bytes together.
 * Any thread.
 */
final class KeyIdWaiters {
    // The memory of one waiting token without its text: a promise, a task, and parts of the request.
    private static final long WAITER_BYTES = 512;

    private final Vertx vertx;
    private final long capacityBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicInteger number = new AtomicInteger();

    KeyIdWaiters(Vertx vertx, long capacityBytes) {
        this.vertx = vertx;
        this.capacityBytes = capacityBytes;
    }

    /**
     * Waits until a reading has ended, then checks the token again on the caller's context.
     *
     * @param token the token
     * @param reading the reading
     * @param again checks the token again
     * @return the verdict of that check; empty if too many tokens wait already
     */
    Optional<Future<Verdict>> await(String token, Future<Void> reading, Supplier<Future<Verdict>> again) {
        long size = WAITER_BYTES + token.length();
        if (bytes.addAndGet(size) > capacityBytes) {
            bytes.addAndGet(-size);
            return Optional.empty();
        }
        number.incrementAndGet();
        Context caller = vertx.getOrCreateContext();
        Promise<Verdict> verdict = Promise.promise();
        reading.onComplete(read -> caller.runOnContext(back -> {
            bytes.addAndGet(-size);
            number.decrementAndGet();
            again.get().onComplete(verdict);
        }));
        return Optional.of(verdict.future());
    }

    /** Returns the number of tokens that wait. */
    int size() {
        return number.get();
    }
}
