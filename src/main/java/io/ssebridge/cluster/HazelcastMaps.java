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
import io.ssebridge.membership.SharedMaps;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;

/** Opens the maps that all nodes share. */
final class HazelcastMaps {
    private static final String KEYS = "sse.keys";
    private static final String PRESENCE = "sse.presence";
    // Percentage of the heap of a member, which may be a member of another service.
    private static final int MAX_HEAP_PERCENT = 10;
    private static final int WORKERS = 4;

    private HazelcastMaps() {}

    /** Opens the maps. This call blocks. */
    static SharedMaps open(Vertx vertx, HazelcastInstance hazelcast) {
        // The configuration is sent to all members, because each member stores a part of the map. This includes members
        // that are not nodes of the bridge.
        hazelcast.getConfig().addMapConfig(keys());
        hazelcast.getConfig().addMapConfig(byPartition(PRESENCE));
        WorkerExecutor workers = vertx.createSharedWorkerExecutor("sse-maps", WORKERS);
        return SharedMaps.ofCluster(
                new HazelcastMap<>(vertx, workers, hazelcast.getMap("sse.leaders")),
                new HazelcastMap<>(vertx, workers, hazelcast.getMap("sse.channels")),
                new HazelcastMap<>(vertx, workers, hazelcast.getMap(KEYS)),
                new HazelcastMap<>(vertx, workers, hazelcast.getMap("sse.blocks")),
                new HazelcastMap<>(vertx, workers, hazelcast.getMap(PRESENCE)));
    }

    /**
     * Configures a map with entries that belong to shards. Keys with the same end are in one partition, so one call reads all
     * entries of a shard.
     */
    private static MapConfig byPartition(String name) {
        return new MapConfig(name)
                // A merge discards the events that only the smaller part of a split acknowledged. Their keys must be
                // discarded too. Otherwise a publisher that repeats such a key would get the cursor of another event.
                // For the same reason it discards what only the smaller part has told about members.
                .setMergePolicyConfig(new MergePolicyConfig().setPolicy(DiscardMergePolicy.class.getName()))
                .setPartitioningStrategyConfig(
                        new PartitioningStrategyConfig(StringPartitioningStrategy.class.getName()));
    }

    private static MapConfig keys() {
        return byPartition(KEYS)
                .setTimeToLiveSeconds((int) SharedMaps.KEYS_KEPT.toSeconds())
                .setEvictionConfig(new EvictionConfig()
                        .setMaxSizePolicy(MaxSizePolicy.USED_HEAP_PERCENTAGE)
                        .setSize(MAX_HEAP_PERCENT)
                        // Entries are rarely read twice, so the least recently used entries are the oldest.
                        .setEvictionPolicy(EvictionPolicy.LRU));
    }
}
