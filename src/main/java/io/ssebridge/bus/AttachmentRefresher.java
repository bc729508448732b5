package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.hub.Hubs;
import io.ssebridge.hub.Owner;
import io.ssebridge.membership.Shards;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Refusals;
import io.vertx.core.eventbus.ReplyException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attaches the live channels of an event loop to their leaders once more. A leader may have lost the attachment, and an
 * announcement may have been lost. The answer names the newest frame, and the hub reads the missing events.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class AttachmentRefresher {
    private static final Logger LOG = LoggerFactory.getLogger(AttachmentRefresher.class);

    private final Owner owner;
    private final Hubs hubs;
    private final LeaderClient leaders;
    private final LogLimit logLimit;

    AttachmentRefresher(Owner owner, Hubs hubs, LeaderClient leaders, NodeClock clock) {
        this.owner = owner;
        this.hubs = hubs;
        this.leaders = leaders;
        this.logLimit = new LogLimit(clock);
    }

    /** Attaches all live channels, with one request for each shard. */
    void attachAll() {
        owner.assertHere();
        Map<Integer, List<ChannelName>> live = hubs.channels().stream().collect(Collectors.groupingBy(Shards::of));
        live.forEach(this::attach);
    }

    private void attach(int shard, List<ChannelName> names) {
        leaders.attach(shard, names)
                .onSuccess(tails -> hubs.reach(names, tails))
                .onFailure(failure -> notAttached(shard, names, failure));
    }

    /**
     * Retries channels in smaller groups. A leader refuses a whole request if it refuses one channel, and the other
     * channels must not suffer.
     */
    private void notAttached(int shard, List<ChannelName> names, Throwable failure) {
        if (names.size() > 1 && failure instanceof ReplyException && !Refusals.mayAskAgain(failure)) {
            int half = names.size() / 2;
            attach(shard, names.subList(0, half));
            attach(shard, names.subList(half, names.size()));
        } else {
            logLimit.log(() -> LOG.warn(
                    "The leader of shard {} does not announce {} channels to this node: {} (said at most once a minute)",
                    shard,
                    names.size(),
                    failure.getMessage()));
        }
    }
}
