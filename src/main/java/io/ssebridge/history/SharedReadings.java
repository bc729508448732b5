package io.ssebridge.history;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/**
 * Lets equal questions at the same time share one reading. When a node dies, or an event makes thousands of browsers
 * open a page, many clients ask the same question. Any thread; answers come on the caller's context.
 *
 * @param <Q> a question, equal to another if the answer is the same
 * @param <A> an answer, immutable
 */
final class SharedReadings<Q, A> {
    // A reading without an answer is shared for this time only. It may never be answered, and a repeated question must
    // start a new reading.
    private static final long SHARED_MILLIS = 1_000;

    private final NodeClock clock;
    private final ConcurrentMap<Q, InFlight<A>> inFlight = new ConcurrentHashMap<>();

    /** A reading that has no answer yet; it equals only itself. */
    private static final class InFlight<A> {
        private final Future<A> answer;
        private final long sinceMillis;

        private InFlight(Future<A> answer, long sinceMillis) {
            this.answer = answer;
            this.sinceMillis = sinceMillis;
        }
    }

    SharedReadings(NodeClock clock) {
        this.clock = clock;
    }

    /**
     * Answers a question.
     *
     * @param question the question
     * @param reading finds the answer; not called if a reading for an equal question is in flight
     */
    Future<A> answer(Q question, Supplier<Future<A>> reading) {
        Promise<A> promise = Promise.promise();
        InFlight<A> ours = new InFlight<>(promise.future(), clock.elapsedMillis());
        InFlight<A> shared = inFlight.merge(
                question,
                ours,
                (known, later) -> later.sinceMillis - known.sinceMillis < SHARED_MILLIS ? known : later);
        if (!shared.equals(ours)) {
            return onCaller(shared.answer);
        }
        attempt(reading).onComplete(answer -> {
            inFlight.remove(question, ours);
            promise.handle(answer);
        });
        return promise.future();
    }

    private static <A> Future<A> attempt(Supplier<Future<A>> reading) {
        try {
            return reading.get();
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private static <A> Future<A> onCaller(Future<A> known) {
        Context caller = Vertx.currentContext();
        if (caller == null) {
            return known;
        }
        Promise<A> promise = Promise.promise();
        known.onComplete(answer -> caller.runOnContext(back -> promise.handle(answer)));
        return promise.future();
    }
}
