package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ShardsTest {
    private final Vertx vertx = Vertx.vertx();
    private final OnContext owner = new OnContext(vertx.getOrCreateContext());
    private final AsyncMap<Integer, String> holders =
            vertx.sharedData().<Integer, String>getLocalAsyncMap("holders").await();
    private final NodesAsTold nodes = new NodesAsTold("self");
    private final Led led = new Led();
    private final Shards shards = new Shards(vertx, nodes, holders);

    @AfterEach
    void close() {
        vertx.close().await();
    }

    /** Seen when three nodes started at once: "the node does not start: led by ...". */
    @Test
    void aShardThatMovesOnBeforeItIsClaimed_doesNotKeepTheNodeFromStarting() {
        hold("other");
        shards.start(led);

        see(Set.of("self"));
        CompletableFuture<Void> settled = owner.begin(shards::settled);
        see(Set.of("self", "other"));
        holders.clear().await();

        OnContext.await(settled);
        assertThat(led.shards).isNotEmpty().allMatch(shard -> "self".equals(shards.leader(shard)));
    }

    @Test
    void aShardOfALivingPredecessor_isNotTaken_andOneOfADeadIs() {
        hold("other");
        shards.start(led);
        see(Set.of("self"));
        assertThat(led.shards).isEmpty();

        nodes.see(Set.of("self"), Set.of("self"));
        OnContext.await(owner.begin(shards::settled));
        assertThat(led.shards).hasSize(Shards.COUNT);
    }

    @Test
    void whatAnotherNodeHasTakenOverBelievingThisOneGone_isLaidDown() {
        shards.start(led);
        see(Set.of("self"));
        OnContext.await(owner.begin(shards::settled));
        hold("other");

        owner.run(shards::checkHolders);
        Eventually.see("nothing led", Duration.ofSeconds(5), () -> owner.get(led.shards::size), size -> size == 0);
        holders.clear().await();
        OnContext.await(owner.begin(shards::settled));
        assertThat(led.shards).hasSize(Shards.COUNT);
    }

    /** After a merge nobody consumed an address any more: its leader waited for a node that had long laid the shard down. */
    @Test
    void whoStandsForWhatItDoesNotLead_isTakenOutOfTheMap() {
        shards.start(led);
        see(Set.of("other"));
        hold("self");

        owner.run(shards::checkHolders);
        Eventually.see("no holder", Duration.ofSeconds(5), () -> holders.size().await(), size -> size == 0);
        assertThat(led.shards).isEmpty();

        see(Set.of("self"));
        OnContext.await(owner.begin(shards::settled));
        assertThat(led.shards).hasSize(Shards.COUNT);
    }

    private void hold(String node) {
        IntStream.range(0, Shards.COUNT)
                .forEach(shard -> holders.put(shard, node).await());
    }

    private void see(Set<String> ready) {
        nodes.see(ready, Set.of("self", "other"));
        owner.run(shards::update);
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
