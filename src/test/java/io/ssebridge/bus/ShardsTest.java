package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ShardsTest {
    private final Vertx vertx = Vertx.vertx();
    private final Context owner = vertx.getOrCreateContext();
    private final AsyncMap<Integer, String> holders =
            vertx.sharedData().<Integer, String>getLocalAsyncMap("holders").await();
    private final TwoNodes nodes = new TwoNodes();
    private final Led led = new Led();
    private final Shards shards = new Shards(vertx, nodes, holders);

    @AfterEach
    void close() {
        vertx.close().await();
    }

    /** Seen when three nodes started at once: "the node does not start: led by ...". */
    @Test
    void aShardThatMovesOnBeforeItIsClaimed_doesNotKeepTheNodeFromStarting() throws Exception {
        nodes.ready = Set.of("self");
        IntStream.range(0, Shards.COUNT)
                .forEach(shard -> holders.put(shard, "other").await());
        shards.start(led);

        update();
        Future<Void> settled = onOwner(shards::settled);
        nodes.ready = Set.of("self", "other");
        update();
        holders.clear().await();

        settled.toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
        assertThat(led.shards).isNotEmpty().allMatch(shard -> "self".equals(shards.leader(shard)));
    }

    private void update() {
        onOwner(() -> {
                    shards.update();
                    return Future.succeededFuture();
                })
                .await();
    }

    private Future<Void> onOwner(Supplier<Future<Void>> step) {
        return Future.future(promise -> owner.runOnContext(run -> step.get().onComplete(promise)));
    }

    private static final class TwoNodes implements Nodes {
        private volatile Set<String> ready = Set.of();

        @Override
        public String self() {
            return "self";
        }

        @Override
        public Set<String> ready() {
            return ready;
        }

        @Override
        public Set<String> present() {
            return Set.of("self", "other");
        }

        @Override
        public void onChange(Runnable handler) {}

        @Override
        public Future<Void> enter() {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> withdraw() {
            return Future.succeededFuture();
        }
    }

    private static final class Led implements Shards.Duties {
        private final Set<Integer> shards = new HashSet<>();

        @Override
        public Future<Void> take(int shard) {
            shards.add(shard);
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> release(int shard) {
            shards.remove(shard);
            return Future.succeededFuture();
        }
    }
}
