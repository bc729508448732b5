package io.ssebridge.bus;

import io.ssebridge.membership.Shards;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;

/**
 * Counts the messages on the addresses of one event loop that are not answered yet, by shard.
 *
 * <p><b>Owner:</b> the event loop, as part of {@link Ingest}.
 */
final class UnansweredMessages {
    private final int[] counts = new int[Shards.COUNT];
    private final Map<Integer, Promise<Void>> awaited = new HashMap<>();

    /** Counts a message that has come. */
    void begin(int shard) {
        counts[shard]++;
    }

    /** Counts a message as answered. */
    void end(int shard) {
        counts[shard]--;
        if (counts[shard] == 0 && !awaited.isEmpty()) {
            Promise<Void> none = awaited.remove(shard);
            if (none != null) {
                none.complete();
            }
        }
    }

    /** Returns a future that completes when all messages of a shard are answered. */
    Future<Void> none(int shard) {
        return counts[shard] == 0
                ? Future.succeededFuture()
                : awaited.computeIfAbsent(shard, first -> Promise.promise()).future();
    }
}
