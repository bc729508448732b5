package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.vertx.core.Future;

/**
 * A channel in {@link LedChannels}.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class OpenChannel {
    private final LedChannel channel;
    private ChannelRule rule;
    private final Future<LedChannel> open;
    private boolean spoken;

    /**
     * Creates the entry of a channel that is being opened.
     *
     * @param open completes when the address of the channel is registered
     * @param spoken whether an event is being published in it
     */
    OpenChannel(LedChannel channel, ChannelRule rule, Future<LedChannel> open, boolean spoken) {
        this.channel = channel;
        this.rule = rule;
        this.open = open;
        this.spoken = spoken;
    }

    ChannelName name() {
        return channel.name();
    }

    LedChannel channel() {
        return channel;
    }

    ChannelRule rule() {
        return rule;
    }

    /** Takes the rule that applies to the channel from now on. */
    void setRule(ChannelRule newRule) {
        rule = newRule;
    }

    /** Returns a future that completes with the channel when its address is registered. */
    Future<LedChannel> open() {
        return open;
    }

    /** Returns whether the channel counts as one with events. */
    boolean isSpoken() {
        return spoken;
    }

    /** Counts the channel as one with events from now on. */
    void setSpoken() {
        spoken = true;
    }
}
