package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * The room for channels that this node leads. Channels with events and channels without are counted separately, so that
 * subscribers of channels without events take no room from publishers.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class LeaderRoom {
    private final LoopThread owner;
    private final ChannelRoom silent;
    private final ChannelRoom spoken;
    private final SilentChannels silentChannels;

    /**
     * Creates room without channels.
     *
     * @param maxChannels the largest number of channels with events, and of channels without
     */
    LeaderRoom(LoopThread owner, ChannelRules rules, int maxChannels) {
        this.owner = owner;
        this.silent = new ChannelRoom(rules, maxChannels);
        this.spoken = new ChannelRoom(rules, maxChannels);
        this.silentChannels = new SilentChannels(silent);
    }

    /** Returns whether there is room for one more channel with events. */
    boolean hasSpokenRoom(ChannelName name) {
        owner.assertHere();
        return spoken.hasRoom(name);
    }

    /** Returns whether there is room for one more channel without events. */
    boolean hasSilentRoom(ChannelName name) {
        owner.assertHere();
        return silent.hasRoom(name);
    }

    /** Returns the silent channel to release, so that there is room for one more of a rule. */
    Optional<ChannelName> firstToRelease(ChannelRule rule) {
        owner.assertHere();
        return silentChannels.first(rule);
    }

    void add(OpenChannel entry) {
        owner.assertHere();
        (entry.isSpoken() ? spoken : silent).add(entry.name());
    }

    void remove(OpenChannel entry) {
        owner.assertHere();
        (entry.isSpoken() ? spoken : silent).release(entry.name());
        silentChannels.forget(entry.rule(), entry.name());
    }

    /** Counts a silent channel as one with events from now on. */
    void countAsSpoken(OpenChannel entry) {
        owner.assertHere();
        silent.release(entry.name());
        spoken.add(entry.name());
        entry.setSpoken();
        silentChannels.forget(entry.rule(), entry.name());
    }

    /** Notes that the attached nodes of a channel have changed. */
    void listenersChanged(OpenChannel entry) {
        owner.assertHere();
        if (!entry.isSpoken() && !entry.rule().channel().isLiteral()) {
            silentChannels.subscribed(
                    entry.rule(), entry.name(), !entry.channel().listeners().isEmpty());
        }
    }

    /** Returns the failure of a publish that would need one more channel with events. */
    <T> Future<T> tooManySpoken() {
        return tooMany(spoken);
    }

    /** Returns the failure of a subscription that would need one more channel without events. */
    <T> Future<T> tooManySilent() {
        return tooMany(silent);
    }

    private static <T> Future<T> tooMany(ChannelRoom room) {
        return Future.failedFuture(
                Refusals.of(Refusals.TOO_MANY, "limits.channels: this node leads %d channels".formatted(room.total())));
    }
}
