package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.vertx.core.Future;
import java.util.function.IntPredicate;

/** The mapped addresses of the event bus that the leader of a channel or of a shard consumes. Owner: the event loop of the channels. */
public interface ChannelAddresses {
    /** Starts to consume the address that feeds only this channel, if there is one and its shard is not being released. */
    Future<Void> open(ChannelRule rule, ChannelName channel);

    /** Stops consuming the address that feeds only this channel. */
    Future<Void> close(ChannelRule rule, ChannelName channel);

    /** Starts to consume the addresses of a shard that feed several channels. From now on, the addresses of its single channels may be opened too. */
    Future<Void> openShared(int shard);

    /** Stops consuming the addresses of a shard that feed several channels. From now on, no address of its single channels is opened. */
    Future<Void> closeShared(int shard);

    /**
     * Consumes the addresses that feed several channels by the rules of now, and no others.
     *
     * @param isLed whether this node leads a shard
     */
    Future<Void> sharedChanged(IntPredicate isLed);

    /** Returns a future that completes when all messages that came to the addresses of a shard are answered. */
    Future<Void> answered(int shard);
}
