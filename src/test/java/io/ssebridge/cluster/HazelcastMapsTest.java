package io.ssebridge.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.map.IMap;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.leader.ChannelDirectory;
import io.ssebridge.loop.LoopContexts;
import io.ssebridge.membership.Shards;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.junit5.VertxExtension;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(60)
class HazelcastMapsTest {
    private static final int KEYS = 100;

    /** A key that counts how often it is read. */
    private record Key(int number) implements Serializable {
        private static final long serialVersionUID = 1;
        private static final AtomicInteger READ = new AtomicInteger();

        private Object readResolve() {
            READ.incrementAndGet();
            return this;
        }
    }

    @Test
    void aLookUpThatEventLoopsShare_answersEachOnItsOwn(Vertx vertx) {
        try (HazelcastMembers members = new HazelcastMembers()) {
            IMap<String, Long> map = members.start().getMap("channels");
            IntStream.range(0, KEYS).forEach(i -> map.set("channel" + i, 0L));
            WorkerExecutor workers = vertx.createSharedWorkerExecutor("test-maps", 1);
            ChannelDirectory directory = new ChannelDirectory(new HazelcastMap<>(vertx, workers, map));
            List<Context> contexts = LoopContexts.of(vertx, vertx.getOrCreateContext(), 2);
            List<CompletableFuture<Integer>> found = new ArrayList<>();
            for (Context context : contexts) {
                for (int i = 0; i < Shards.COUNT; i++) {
                    int shard = i;
                    found.add(new OnContext(context)
                            .begin(() -> directory.of(shard).map(names -> {
                                assertThat(Vertx.currentContext()).isEqualTo(context);
                                return names.size();
                            })));
                }
            }

            assertThat(found.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(contexts.size() * KEYS);
        }
    }

    /** A node that takes a shard must not miss the channels that its last leader entered meanwhile. */
    @Test
    void aChannelThatIsEnteredDuringALookUp_isFoundByTheNext(Vertx vertx) throws Exception {
        try (HazelcastMembers members = new HazelcastMembers()) {
            IMap<String, Long> map = members.start().getMap("channels");
            WorkerExecutor workers = vertx.createSharedWorkerExecutor("test-maps", 1);
            ChannelDirectory directory = new ChannelDirectory(new HazelcastMap<>(vertx, workers, map));
            List<Context> contexts = LoopContexts.of(vertx, vertx.getOrCreateContext(), 2);
            int shard = Shards.of("late");
            CountDownLatch over = new OnContext(contexts.get(0)).hold(() -> {
                var unusedAnswer = directory.of(shard);
            });
            // The first look-up has read the map, and its event loop has not got the answer.
            CompletableFuture<Void> entered = new CompletableFuture<>();
            var unused = workers.executeBlocking(() -> {
                map.set("late", 0L);
                return entered.complete(null);
            });
            entered.get(20, TimeUnit.SECONDS);
            var found = new OnContext(contexts.get(1)).begin(() -> directory.of(shard));
            new OnContext(contexts.get(1)).settle();
            over.countDown();

            assertThat(found.get(20, TimeUnit.SECONDS)).containsExactly(new ChannelName("late"));
        }
    }

    /**
     * Hazelcast's set of keys reads all of them at each {@code contains}. When a node left a cluster with 10,000 channels, the
     * event loops of the others stood still for more than ten seconds.
     */
    @Test
    void theKeysOfAMap_areReadOnce(Vertx vertx) {
        try (HazelcastMembers members = new HazelcastMembers()) {
            IMap<Key, Integer> map = members.start().getMap("keys");
            IntStream.range(0, KEYS).forEach(i -> map.set(new Key(i), i));
            WorkerExecutor workers = vertx.createSharedWorkerExecutor("test-maps", 1);
            Key.READ.set(0);
            Set<Key> keys = new HazelcastMap<>(vertx, workers, map).keys().await();

            assertThat(IntStream.range(0, 2 * KEYS)
                            .filter(i -> keys.contains(new Key(i)))
                            .count())
                    .isEqualTo(KEYS);
            assertThat(Key.READ).hasValue(KEYS);
        }
    }
}
