package io.ssebridge.cluster;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Turns the answers of Hazelcast into futures of Vert.x. */
final class Stages {
    private Stages() {}

    /**
     * Moves an answer of Hazelcast to the context of the caller. The threads of Hazelcast must not run code of the bridge.
     *
     * @param vertx finds the context
     * @param stage the answer of Hazelcast
     */
    static <T extends @Nullable Object> Future<T> onContext(Vertx vertx, CompletionStage<? extends T> stage) {
        Context caller = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        // Without an executor (whenComplete), Hazelcast would start a thread for each callback on a machine with few
        // cores.
        stage.whenCompleteAsync(
                (answer, failure) -> {
                    if (failure == null) {
                        promise.complete(answer);
                    } else {
                        promise.fail(failure);
                    }
                },
                task -> caller.runOnContext(onContext -> task.run()));
        return promise.future();
    }
}
