package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * The room for channels that this node leads, as one of its event loops sees it. Channels with events and channels without are counted separately, so that
 * subscribers of channels without events take no room from publishers.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class LeaderRoom {
    private final LoopThread owner;
    private final Context context;
    private final ChannelRoom silent;
    private final ChannelRoom spoken;
    private final RoomSearch search;
    private final SilentChannels silentChannels;

    /**
     * Creates the view of an event loop that leads no channel.
     *
     * @param context a context of the event loop
     * @param limits the limits of the node
     */
    LeaderRoom(LoopThread owner, Context context, LeaderLimits limits) {
        this.owner = owner;
        this.context = context;
        this.silent = limits.silent();
        this.spoken = limits.spoken();
        this.search = limits.search();
        this.silentChannels = new SilentChannels(silent);
    }

    /** Takes room for one more channel with events; returns whether there was room. */
    boolean takeSpoken(ChannelName name) {
        owner.assertHere();
        return spoken.take(name);
    }

    /** Takes room for one more channel without events; returns whether there was room. */
    boolean takeSilent(ChannelName name) {
        owner.assertHere();
        return silent.take(name);
    }

    /** Counts a channel as one without events, even if there is no room. */
    void addSilent(ChannelName name) {
        owner.assertHere();
        silent.add(name);
    }

    /** Returns the silent channel of this event loop to release, so that there is room for one more of a rule. */
    Optional<ChannelName> firstToRelease(ChannelRule rule) {
        owner.assertHere();
        return silentChannels.first(rule);
    }

    /** Returns whether there is room for one more channel without events now. */
    boolean hasSilentRoom(ChannelName name) {
        owner.assertHere();
        return silent.hasRoom(name);
    }

    /**
     * Lets another event loop make room for one more channel without events.
     *
     * @return whether there was room. Another channel may take it first
     */
    Future<Boolean> makeSilentElsewhere(ChannelRule rule, ChannelName name) {
        owner.assertHere();
        return search.find(context, rule, name);
    }

    void remove(OpenChannel entry) {
        owner.assertHere();
        (entry.isSpoken() ? spoken : silent).release(entry.name());
        silentChannels.forget(entry.rule(), entry.name());
    }

    /** Counts a silent channel as one with events from now on, if there is room; returns whether there was. */
    boolean speak(OpenChannel entry) {
        owner.assertHere();
        boolean room = spoken.take(entry.name());
        if (room) {
            spoke(entry);
        }
        return room;
    }

    /** Counts a silent channel as one with events from now on, even if there is no room. */
    void countAsSpoken(OpenChannel entry) {
        owner.assertHere();
        spoken.add(entry.name());
        spoke(entry);
    }

    private void spoke(OpenChannel entry) {
        silent.release(entry.name());
        entry.setSpoken();
        silentChannels.forget(entry.rule(), entry.name());
    }

    /** Notes that the attached nodes of a channel have changed. */
    void attachedChanged(OpenChannel entry) {
        owner.assertHere();
        if (!entry.isSpoken() && !entry.rule().channel().isLiteral()) {
            silentChannels.subscribed(
                    entry.rule(), entry.name(), !entry.channel().attached().isEmpty());
        }
    }

    /** Notes that another rule applies to a channel. */
    void ruleChanged(OpenChannel entry, ChannelRule newRule) {
        owner.assertHere();
        silentChannels.forget(entry.rule(), entry.name());
        entry.setRule(newRule);
        if (entry.open().succeeded()) {
            attachedChanged(entry);
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
