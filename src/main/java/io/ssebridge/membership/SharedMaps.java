package io.ssebridge.membership;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.function.Function;

/**
 * The maps that all nodes share.
 *
 * @param leaders the leader of each shard
 * @param channels the channels in use; the value is the time since when a channel has had no history, or 0 if it has
 *     one
 * @param keys the cursors of events with keys, in batches. An entry must be kept for {@link #KEYS_KEPT} at least, and
 *     the entries of one partition are stored together
 * @param blocks the subjects that have been disconnected; the value is the end of the block, in milliseconds since 1970.
 *     Each entry is written with the time for which it is kept
 * @param presence what has been told about the members of channels. The entries of one partition, which is a shard, are stored
 *     together
 * @param keyPartition the partition of the entries of a channel in {@code keys}. A new leader in a cluster reads all
 *     channels of a shard in one call. A node without a cluster opens its channels one by one, and reads no more than
 *     it needs
 */
public record SharedMaps(
        SharedMap<Integer, String> leaders,
        SharedMap<String, Long> channels,
        SharedMap<String, long[]> keys,
        SharedMap<String, Long> blocks,
        SharedMap<String, String> presence,
        Function<ChannelName, String> keyPartition) {
    /** The time for which an idempotency key is valid. */
    public static final Duration KEY_WINDOW = Duration.ofMinutes(5);

    /** Longer than a key is valid: the reader of an entry checks its exact age. */
    public static final Duration KEYS_KEPT = KEY_WINDOW.plusSeconds(15);

    private static final int MAX_BATCHES = 20_000;
    private static final Duration LONGEST_BLOCK = Duration.ofDays(1);
    private static final int MAX_BLOCKS = 100_000;

    /** Creates the maps of a node in a cluster. */
    public static SharedMaps ofCluster(
            SharedMap<Integer, String> leaders,
            SharedMap<String, Long> channels,
            SharedMap<String, long[]> keys,
            SharedMap<String, Long> blocks,
            SharedMap<String, String> presence) {
        return new SharedMaps(
                leaders, channels, keys, blocks, presence, channel -> Integer.toString(Shards.of(channel)));
    }

    /** Creates the maps of a node without a cluster. */
    public static SharedMaps local(NodeClock clock) {
        return new SharedMaps(
                new LocalMap<>(clock),
                new LocalMap<>(clock),
                new LocalMap<>(clock, KEYS_KEPT, MAX_BATCHES),
                new LocalMap<>(clock, LONGEST_BLOCK, MAX_BLOCKS),
                new LocalMap<>(clock),
                ChannelName::hash);
    }
}
