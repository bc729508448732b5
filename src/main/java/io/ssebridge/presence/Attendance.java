package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.encoding.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is there or not, and is told when it changes: a member of a channel, or any subscriber of it.
 *
 * @param channel the channel
 * @param sub the subject of the member; null: any subscriber
 */
record Attendance(ChannelName channel, @Nullable String sub) {
    static Attendance ofChannel(ChannelName channel) {
        return new Attendance(channel, null);
    }

    /**
     * Returns the key in the cluster's map. It ends with the shard, so that one call reads all entries of a shard. It is a
     * hash, because a subject may contain the character before the shard.
     */
    String key(int shard) {
        String name = sub == null ? channel.value() : channel.value() + '\0' + sub;
        return HexFormat.of().formatHex(Sha256.hash(name.getBytes(StandardCharsets.UTF_8))) + "@" + shard;
    }
}
