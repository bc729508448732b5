package io.ssebridge.cluster;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Calls of Hazelcast that block, run by workers. Vert.x declares every answer of theirs nullable, which NullAway sees from
 * Java 22 on; here an answer is null only where the call may return null.
 */
final class Blocking {
    private Blocking() {}

    /** Has a worker of Vert.x make a call. */
    @SuppressWarnings("NullAway")
    static <T extends @Nullable Object> Future<T> call(Vertx vertx, Callable<T> call) {
        return vertx.executeBlocking(call, false);
    }

    /**
     * Makes a blocking call on a worker.
     *
     * @return the result of the call; also failed if the Vert.x is being closed, and its workers are gone
     */
    @SuppressWarnings("NullAway")
    static <T extends @Nullable Object> Future<T> call(WorkerExecutor workers, Callable<T> call) {
        try {
            return workers.executeBlocking(call, false);
        } catch (RejectedExecutionException closed) {
            return Future.failedFuture(closed);
        }
    }
}
