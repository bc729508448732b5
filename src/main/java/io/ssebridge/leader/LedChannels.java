package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.membership.Shards;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channels that this node leads: opens them when they are needed, and closes them when they are idle or belong to
 * another node. A channel that is being closed is opened again only after that.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class LedChannels {
    private static final Logger LOG = LoggerFactory.getLogger(LedChannels.class);

    private final LoopThread owner;
    private final ChannelRules rules;
    private final BiFunction<ChannelName, ChannelRule, LedChannel> create;
    private final ChannelAddresses addresses;
    private final LeaderRoom room;
    private final HistoryEviction eviction;
    private final NodeClock clock;
    private final Map<ChannelName, OpenChannel> channels = new HashMap<>();
    // Channels that must not be opened yet: they are being closed, or wait for room on another event loop.
    private final Map<ChannelName, Future<Void>> closing = new HashMap<>();
    // The shards that this node has taken and not released. Channels of other shards are not opened, not even for late
    // requests.
    private final BitSet held = new BitSet(Shards.COUNT);
    // Of these, the shards that this node leads: it numbers their events.
    private final BitSet led = new BitSet(Shards.COUNT);

    /** The reason for opening a channel. */
    enum Need {
        SUBSCRIBE,
        PUBLISH,
        /** The channel is in use already: the node that first admitted it had room for it. */
        TAKE_OVER
    }

    /**
     * Creates the set without channels.
     *
     * @param create creates a channel that is not loaded yet
     */
    LedChannels(
            LoopThread owner,
            ChannelRules rules,
            BiFunction<ChannelName, ChannelRule, LedChannel> create,
            ChannelAddresses addresses,
            LeaderRoom room,
            HistoryRoom histories,
            NodeClock clock) {
        this.owner = owner;
        this.rules = rules;
        this.create = create;
        this.addresses = addresses;
        this.room = room;
        this.eviction = new HistoryEviction(owner, histories);
        this.clock = clock;
    }

    /** Returns all channels, including those that are being opened. */
    Collection<OpenChannel> all() {
        owner.assertHere();
        return channels.values();
    }

    /** Returns a channel, or null if it is not open and not being opened. */
    @Nullable
    OpenChannel find(ChannelName name) {
        owner.assertHere();
        return channels.get(name);
    }

    /** Returns a future that completes when a channel is closed, or null if it is not being closed. */
    @Nullable
    Future<Void> closing(ChannelName name) {
        owner.assertHere();
        return closing.get(name);
    }

    /** Allows the opening of channels of a shard. */
    void hold(int shard) {
        owner.assertHere();
        held.set(shard);
    }

    /** Accepts events for the channels of a shard from now on. */
    void lead(int shard) {
        owner.assertHere();
        led.set(shard);
    }

    /** Accepts no more events for the channels of a shard. */
    void stopLeading(int shard) {
        owner.assertHere();
        led.clear(shard);
    }

    /** Returns whether events for the channels of a shard are accepted. */
    boolean leads(int shard) {
        owner.assertHere();
        return led.get(shard);
    }

    /** Closes the addresses of all channels of a shard. The channels stay open. */
    Future<Void> closeAddresses(int shard) {
        owner.assertHere();
        return each(shard, this::closeAddress);
    }

    private Future<Void> closeAddress(OpenChannel entry) {
        return entry.open().transform(opened -> addresses.close(entry.rule(), entry.name()));
    }

    /** Closes all channels of a shard, and opens none of them from now on. */
    Future<Void> leave(int shard) {
        owner.assertHere();
        held.clear(shard);
        stopLeading(shard);
        return each(shard, this::close);
    }

    /** Takes a step for each channel of a shard, and waits for the channels that are being closed already. */
    private Future<Void> each(int shard, Function<OpenChannel, Future<Void>> step) {
        List<Future<Void>> done = new ArrayList<>();
        for (OpenChannel entry : List.copyOf(channels.values())) {
            if (Shards.of(entry.name()) == shard) {
                done.add(step.apply(entry));
            }
        }
        // They may still hold their addresses.
        closing.forEach((name, gone) -> {
            if (Shards.of(name) == shard) {
                done.add(gone);
            }
        });
        return Future.join(done).mapEmpty();
    }

    /** Returns the channel when its address is consumed and its history known. Opens the channel if necessary. */
    Future<LedChannel> opened(ChannelName name, Need need) {
        owner.assertHere();
        if (!held.get(Shards.of(name))) {
            return Future.failedFuture(Refusals.misdirected(null));
        }
        Future<Void> gone = closing.get(name);
        if (gone != null) {
            return gone.transform(done -> opened(name, need));
        }
        OpenChannel entry = channels.get(name);
        if (entry == null) {
            return open(name, need);
        }
        return need == Need.PUBLISH && !entry.isSpoken() && !room.speak(entry) ? room.tooManySpoken() : entry.open();
    }

    private Future<LedChannel> open(ChannelName name, Need need) {
        ChannelRule rule = rules.find(name).orElse(null);
        if (rule == null) {
            return Future.failedFuture(Refusals.noRule(name));
        }
        boolean spoken = need == Need.PUBLISH;
        if (spoken && !room.takeSpoken(name)) {
            return room.tooManySpoken();
        } else if (need == Need.SUBSCRIBE && !takeSilentRoom(rule, name)) {
            return openWithRoomElsewhere(rule, name);
        } else if (need == Need.TAKE_OVER) {
            room.addSilent(name);
        }
        LedChannel channel = create.apply(name, rule);
        channel.used(clock.elapsedMillis());
        Future<LedChannel> open =
                begin(channel).compose(loaded -> openAddress(rule, name)).map(channel);
        OpenChannel entry = new OpenChannel(channel, rule, open, spoken);
        channels.put(name, entry);
        open.onSuccess(opened -> foundOpen(entry)).onFailure(failed -> openFailed(entry));
        return open;
    }

    /** Loads a channel. An exception becomes a failed future: its room must be given back. */
    private static Future<Void> begin(LedChannel channel) {
        return Future.succeededFuture().compose(begun -> channel.load());
    }

    /** Opens the address of a channel. If the rules have given it another one meanwhile, {@link #follow} opens that. */
    private Future<Void> openAddress(ChannelRule rule, ChannelName name) {
        return rules.findNow(name)
                        .filter(now -> hasSameAddress(rule, now, name))
                        .isPresent()
                ? addresses.open(rule, name)
                : Future.succeededFuture();
    }

    private static boolean hasSameAddress(ChannelRule rule, ChannelRule other, ChannelName name) {
        return rule.isShared() == other.isShared() && rule.addressOf(name).equals(other.addressOf(name));
    }

    private void foundOpen(OpenChannel entry) {
        if (channels.get(entry.name()) == entry) {
            if (!entry.isSpoken() && entry.channel().tail() instanceof Cursor.At) {
                // Events were published in the channel before this node led it, and there was room then.
                room.countAsSpoken(entry);
            }
            room.attachedChanged(entry);
        }
    }

    /** Removes a channel that could not be opened. The next request opens it again. */
    private void openFailed(OpenChannel entry) {
        if (channels.get(entry.name()) == entry) {
            remove(entry);
            beginClosing(entry.name(), addresses.close(entry.rule(), entry.name()));
        }
    }

    private boolean takeSilentRoom(ChannelRule rule, ChannelName name) {
        return makeSilentRoom(rule, name) && room.takeSilent(name);
    }

    /**
     * Makes room for one more silent channel, if necessary by releasing a silent channel of this event loop without
     * subscribers.
     *
     * @param name may be a channel of another event loop
     * @return whether there is room now
     */
    boolean makeSilentRoom(ChannelRule rule, ChannelName name) {
        owner.assertHere();
        if (room.hasSilentRoom(name)) {
            return true;
        }
        OpenChannel first = room.firstToRelease(rule).map(channels::get).orElse(null);
        if (first == null) {
            return false;
        }
        letGo(first);
        return room.hasSilentRoom(name);
    }

    /**
     * Opens a channel after another event loop has released a silent channel for it. Until then the channel counts as being
     * closed, so that other requests for it wait.
     */
    private Future<LedChannel> openWithRoomElsewhere(ChannelRule rule, ChannelName name) {
        Future<Boolean> made = room.makeSilentElsewhere(rule, name);
        Future<Void> answered = made.mapEmpty();
        beginClosing(name, answered);
        // Opened from the beginning: meanwhile the rules may have changed, and the shard may have been released.
        return answered.compose(done -> made.result() ? opened(name, Need.SUBSCRIBE) : room.tooManySilent());
    }

    /**
     * Looks up the rule of a channel again. If it has vanished, the channel is released with its history. If it has another
     * address, the channel is opened again, and keeps its history.
     */
    void follow(ChannelName name) {
        owner.assertHere();
        OpenChannel entry = channels.get(name);
        if (entry == null) {
            return;
        }
        ChannelRule rule = rules.findNow(name).orElse(null);
        if (rule == null) {
            drop(entry);
        } else if (!hasSameAddress(entry.rule(), rule, name)) {
            reopen(entry);
        } else if (!rule.equals(entry.rule())) {
            room.ruleChanged(entry, rule);
            entry.channel().ruleChanged();
        }
    }

    private void drop(OpenChannel entry) {
        ChannelName name = entry.name();
        remove(entry);
        Future<Void> gone = entry.open()
                .transform(opened -> addresses
                        .close(entry.rule(), name)
                        .eventually(() ->
                                opened.succeeded() ? entry.channel().forget(false) : Future.<Void>succeededFuture()));
        beginClosing(name, gone);
        gone.onFailure(e -> LOG.warn("Could not release channel {}, which has no rule: {}", name, e.toString()));
    }

    private void reopen(OpenChannel entry) {
        Set<String> attached = Set.copyOf(entry.channel().attached());
        close(entry).transform(closed -> opened(entry.name(), Need.TAKE_OVER)).onComplete(opened -> {
            if (opened.succeeded()) {
                opened.result().attached().addAll(attached);
                attachedChanged(entry.name());
            } else {
                // The nodes attach the channel again a few seconds later.
                LOG.warn(
                        "Could not open channel {} with its new address: {}",
                        entry.name(),
                        opened.cause().toString());
            }
        });
    }

    private void attachedChanged(ChannelName name) {
        OpenChannel entry = channels.get(name);
        if (entry != null) {
            room.attachedChanged(entry);
        }
    }

    /** Returns whether this node leads the channels of a shard. */
    boolean holds(int shard) {
        owner.assertHere();
        return held.get(shard);
    }

    private void remove(OpenChannel entry) {
        channels.remove(entry.name(), entry);
        entry.channel().weight().close();
        room.remove(entry);
    }

    /**
     * Repeats tails, because announcements may have been lost. Releases channels that have been idle for the time to
     * live of their rule.
     */
    void sweep() {
        owner.assertHere();
        long nowMillis = clock.elapsedMillis();
        List<OpenChannel> idle = new ArrayList<>();
        for (OpenChannel entry : channels.values()) {
            LedChannel channel = entry.channel();
            channel.repeatTail(nowMillis);
            if (entry.open().succeeded()) {
                channel.checkAttached(nowMillis);
                if (channel.isIdle(nowMillis, entry.rule().history().ttl().toMillis())) {
                    idle.add(entry);
                }
            }
        }
        idle.forEach(this::letGo);
        eviction.sweep(channels.values(), nowMillis, this::letGo);
    }

    /** Releases a channel: destroys its history, and closes its address unless the rule of the channel is literal. */
    private void letGo(OpenChannel entry) {
        ChannelName name = entry.name();
        boolean fixed = entry.rule().channel().isLiteral();
        if (fixed && entry.channel().tail() instanceof Cursor.Start) {
            return;
        }
        entry.channel().weight().clear();
        Future<Void> gone = entry.channel().forget(fixed);
        if (!fixed) {
            remove(entry);
            gone = gone.eventually(() -> addresses.close(entry.rule(), name));
        }
        beginClosing(name, gone);
        gone.onFailure(e -> {
            LOG.warn("Could not release channel {}: {}", name, e.toString());
            // The channel is led again, and released when it has been idle for the same time again.
            entry.channel().used(clock.elapsedMillis());
            if (!fixed) {
                opened(name, Need.TAKE_OVER)
                        .onFailure(lost -> LOG.warn("Could not open channel {} again: {}", name, lost.toString()));
            }
        });
    }

    /**
     * Closes a channel. The future completes when this node neither opens the channel nor handles messages and appends
     * of it.
     */
    private Future<Void> close(OpenChannel entry) {
        remove(entry);
        Future<Void> closed = closeAddress(entry).eventually(entry.channel()::quiet);
        beginClosing(entry.name(), closed);
        return closed;
    }

    /** Registers that a channel is being closed. The next opening of the channel waits until it is closed. */
    private void beginClosing(ChannelName name, Future<Void> gone) {
        closing.put(name, gone);
        gone.onComplete(done -> closing.remove(name, gone));
    }
}
