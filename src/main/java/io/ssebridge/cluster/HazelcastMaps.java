package io.ssebridge.cluster;

import com.hazelcast.config.EvictionConfig;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MaxSizePolicy;
import com.hazelcast.config.MergePolicyConfig;
import com.hazelcast.config.PartitioningStrategyConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.partition.strategy.StringPartitioningStrategy;
import com.hazelcast.spi.merge.DiscardMergePolicy;
import io.ssebridge.bus.SharedMaps;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

/** The maps of the cluster. */
final class HazelcastMaps {
    private static final String KEYS = "sse.keys";
    // Of the heap of a member, which may be one of another service.
    private static final int MAX_HEAP_PERCENT = 10;
    private static final int WORKERS = 4;

    private HazelcastMaps() {}

    /** Opens the maps; blocks. */
    static SharedMaps open(Vertx vertx, HazelcastInstance hazelcast) {
        // Told to all members, since each keeps a share, and those that are no nodes do too.
        hazelcast.getConfig().addMapConfig(keys());
        WorkerExecutor workers = vertx.createSharedWorkerExecutor("sse-maps", WORKERS);
        return new SharedMaps(
                new HazelcastMap<>(vertx, workers, hazelcast.getMap("sse.leaders")),
                new HazelcastMap<>(vertx, workers, hazelcast.getMap("sse.channels")),
                new HazelcastMap<>(vertx, workers, hazelcast.getMap(KEYS)));
    }

    private static MapConfig keys() {
        return new MapConfig(KEYS)
                // What the smaller part of a split had acknowledged alone is gone at the merge, and so must be the word
                // that it is kept: who publishes with the key again would get a place where another event is.
                .setMergePolicyConfig(new MergePolicyConfig().setPolicy(DiscardMergePolicy.class.getName()))
                // What ends alike is in one partition: what is known of a shard is read in one call.
                .setPartitioningStrategyConfig(
                        new PartitioningStrategyConfig(StringPartitioningStrategy.class.getName()))
                .setTimeToLiveSeconds((int) SharedMaps.KEYS_KEPT.toSeconds())
                .setEvictionConfig(new EvictionConfig()
                        .setMaxSizePolicy(MaxSizePolicy.USED_HEAP_PERCENTAGE)
                        .setSize(MAX_HEAP_PERCENT)
                        // Nothing is read twice as a rule, so that the least recently used are the oldest.
                        .setEvictionPolicy(EvictionPolicy.LRU));
    }
}
