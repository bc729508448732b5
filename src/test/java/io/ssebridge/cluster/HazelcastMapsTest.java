package io.ssebridge.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.map.IMap;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.junit5.VertxExtension;
import java.io.Serializable;
import java.util.Set;
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

    /**
     * Hazelcast's set of keys reads all of them at each {@code contains}. When a node left a cluster with 10,000 channels, the
     * event loops of the others stood still for half a minute.
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
