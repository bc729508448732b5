package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.MessageCodec;
import io.ssebridge.wire.Place;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channels of the shards that this node leads.
 *
 * <p>An event goes from ingest to history, announcement, hub and subscriber. This class is the middle: only a leader
 * numbers events and announces them to nodes. A channel is here from its first use until it is idle, or until another
 * node leads its shard. A new leader asks all other nodes for their channels, so that it announces to every listening
 * node from its first event on.
 *
 * <p><b>Owner:</b> the node's own context.
 */
public final class Leader implements Shards.Duties {
    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

    private final Vertx vertx;
    private final Nodes nodes;
    private final ChannelRules rules;
    private final Stores stores;
    private final SplitBrainGuard guard;
    private final ChannelAddresses addresses;
    private final NodeClock clock;
    private final Consumer<Announcement> here;
    private final LogLimit logLimit;
    private final Map<ChannelName, OpenChannel> channels = new HashMap<>();
    private final Map<ChannelName, Future<Void>> closing = new HashMap<>();
    // The shards that this node has taken and not released. Channels of other shards are not opened, not even for late
    // requests.
    private final BitSet held = new BitSet(Shards.COUNT);
    // Counted separately, so that subscribers of channels without events take no room from publishers.
    private final ChannelRoom silentRoom;
    private final ChannelRoom spokenRoom;
    private final SilentChannels silent;

    /** The reason for opening a channel. */
    private enum Need {
        SUBSCRIBE,
        PUBLISH,
        /** The channel is in use already: the node that first admitted it had room for it. */
        TAKE_OVER
    }

    /** A channel, its rule, and the future that completes when the address of the channel is registered. */
    private static final class OpenChannel {
        private final LedChannel channel;
        private final ChannelRule rule;
        private final Future<LedChannel> open;
        private boolean spoken;

        private OpenChannel(LedChannel channel, ChannelRule rule, Future<LedChannel> open, boolean spoken) {
            this.channel = channel;
            this.rule = rule;
            this.open = open;
            this.spoken = spoken;
        }

        private ChannelName name() {
            return channel.name();
        }
    }

    /**
     * Creates a leader that leads no channel yet.
     *
     * @param maxChannels the largest number of channels with events, and of channels without
     * @param here receives announcements for this node
     */
    public Leader(
            Vertx vertx,
            Nodes nodes,
            ChannelRules rules,
            Stores stores,
            SplitBrainGuard guard,
            ChannelAddresses addresses,
            NodeClock clock,
            int maxChannels,
            Consumer<Announcement> here) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.rules = rules;
        this.stores = stores;
        this.guard = guard;
        this.addresses = addresses;
        this.clock = clock;
        this.here = here;
        this.logLimit = new LogLimit(clock);
        this.silentRoom = new ChannelRoom(rules, maxChannels);
        this.spokenRoom = new ChannelRoom(rules, maxChannels);
        this.silent = new SilentChannels(silentRoom);
    }

    /** Appends and announces events. This node leads their channel. */
    public Future<List<Place>> append(ChannelName name, List<Submission> submissions) {
        return opened(name, Need.PUBLISH).compose(channel -> {
            channel.used(clock.elapsedMillis());
            return channel.append(submissions);
        });
    }

    /**
     * Announces a channel to a node from now on.
     *
     * @return the newest frame of the channel
     */
    public Future<Cursor> attach(ChannelName name, String node) {
        return attach(name, node, Need.SUBSCRIBE);
    }

    private Future<Cursor> attach(ChannelName name, String node, Need need) {
        return opened(name, need).compose(channel -> {
            channel.used(clock.elapsedMillis());
            channel.listeners().add(node);
            listenersChanged(name);
            return channel.certainTail();
        });
    }

    /** Returns the newest frame of a channel. It does not open an unused channel, which has no history. */
    public Future<Cursor> tail(ChannelName name) {
        Future<Void> gone = closing.get(name);
        if (gone != null) {
            return gone.transform(done -> tail(name));
        }
        if (rules.find(name).isEmpty()) {
            return Future.failedFuture(Refusals.noRule(name));
        }
        OpenChannel entry = channels.get(name);
        if (entry != null) {
            return entry.open.compose(LedChannel::certainTail);
        }
        return stores.directory()
                .knows(name)
                .compose(known -> known
                        ? opened(name, Need.TAKE_OVER).compose(LedChannel::certainTail)
                        : Future.succeededFuture(new Cursor.Start(clock.millis())));
    }

    /**
     * Stops announcing a channel to a node that has no subscribers on it any more. It waits for the opening of the
     * channel as {@link #attach} does, and so it comes after all earlier calls of that.
     */
    public void detach(ChannelName name, String node) {
        Future<Void> gone = closing.get(name);
        if (gone != null) {
            gone.onComplete(done -> detach(name, node));
            return;
        }
        OpenChannel entry = channels.get(name);
        if (entry != null) {
            entry.open.onSuccess(opened -> detach(entry, node));
        }
    }

    private void detach(OpenChannel entry, String node) {
        if (entry.channel.listeners().remove(node)) {
            entry.channel.used(clock.elapsedMillis());
            listenersChanged(entry.name());
        }
    }

    /** Removes nodes that have left the cluster from the listeners of all channels. */
    public void nodesChanged() {
        Set<String> present = nodes.present();
        long now = clock.elapsedMillis();
        for (OpenChannel entry : channels.values()) {
            if (entry.channel.listeners().retainAll(present)) {
                entry.channel.used(now);
                listenersChanged(entry.name());
            }
        }
    }

    /**
     * Returns the led channels to which nodes listen, each with the time of its newest event in milliseconds since 1970, or 0
     * if no event is known.
     */
    public Map<ChannelName, Long> listenedTo() {
        Map<ChannelName, Long> found = new HashMap<>();
        for (OpenChannel entry : channels.values()) {
            if (!entry.channel.listeners().isEmpty()) {
                found.put(entry.name(), entry.channel.lastEventMillis());
            }
        }
        return found;
    }

    private void listenersChanged(ChannelName name) {
        OpenChannel entry = channels.get(name);
        if (entry != null && !entry.spoken && !entry.rule.channel().isLiteral()) {
            silent.subscribed(entry.rule, name, !entry.channel.listeners().isEmpty());
        }
    }

    /** Marks all histories as doubtful, because they may have been replaced. */
    public void doubtHistories() {
        channels.values().forEach(entry -> entry.channel.doubt());
    }

    /**
     * Adds the led channels to the directory again if it has lost them. Both copies of an entry may be lost when two
     * members leave at once. Without the entry, the next leader would take a channel with a history for a new one.
     */
    @Override
    public Future<Void> enterAgain() {
        List<ChannelName> led = channels.entrySet().stream()
                .filter(entry -> entry.getValue().open.succeeded())
                .map(Map.Entry::getKey)
                .toList();
        return stores.directory()
                .missing(led)
                .compose(missing ->
                        Future.join(missing.stream().map(this::enterAgain).toList()))
                .mapEmpty();
    }

    private Future<Void> enterAgain(ChannelName name) {
        OpenChannel entry = channels.get(name);
        if (entry == null) {
            return Future.succeededFuture();
        }
        LOG.warn("Channel {} was missing from the directory and is added again", name);
        return entry.channel.tail() instanceof Cursor.Start start
                ? stores.directory().enter(name, start.time()).mapEmpty()
                : stores.directory().hasHistory(name);
    }

    /**
     * Repeats tails, because announcements may have been lost. Releases channels that have been idle for the time to
     * live of their rule.
     */
    public void sweep() {
        long now = clock.elapsedMillis();
        List<OpenChannel> idle = new ArrayList<>();
        for (OpenChannel entry : channels.values()) {
            LedChannel channel = entry.channel;
            channel.repeatTail(now);
            if (entry.open.succeeded()
                    && channel.isIdle(now, entry.rule.history().ttl().toMillis())) {
                idle.add(entry);
            }
        }
        idle.forEach(this::letGo);
    }

    /** Releases a channel: destroys its history, and closes its address unless the rule of the channel is literal. */
    private void letGo(OpenChannel entry) {
        ChannelName name = entry.name();
        boolean fixed = entry.rule.channel().isLiteral();
        if (fixed && entry.channel.tail() instanceof Cursor.Start) {
            return;
        }
        Future<Void> gone = entry.channel.forget(fixed);
        if (!fixed) {
            remove(entry);
            gone = gone.eventually(() -> addresses.close(entry.rule, entry.name()));
        }
        closing(name, gone);
        gone.onFailure(e -> {
            LOG.warn("Could not release channel {}: {}", name, e.toString());
            // The channel is led again, and released when it has been idle for the same time again.
            entry.channel.used(clock.elapsedMillis());
            if (!fixed) {
                opened(name, Need.TAKE_OVER)
                        .onFailure(lost -> LOG.warn("Could not open channel {} again: {}", name, lost.toString()));
            }
        });
    }

    /** Registers that a channel is being closed. The next opening of the channel waits until it is closed. */
    private void closing(ChannelName name, Future<Void> gone) {
        closing.put(name, gone);
        gone.onComplete(done -> closing.remove(name, gone));
    }

    /** Takes up a shard. It can be called again for a held shard, to retry the parts that have failed. */
    @Override
    public Future<Void> take(int shard) {
        held.set(shard);
        Future<Void> opened = Future.join(
                        addresses.openShared(shard),
                        openAll(fixed(shard)),
                        openAll(stores.directory().of(shard).map(this::usable)))
                .mapEmpty();
        return Future.join(opened, rejoin(shard))
                .onComplete(taken -> sayTails(shard))
                .transform(taken -> opened);
    }

    /**
     * Returns the channels that can be opened here. A node with another configuration may have entered channels that
     * have no rule here. An older version may even have entered channels that are fed from reserved addresses.
     */
    private Collection<ChannelName> usable(Collection<ChannelName> names) {
        return names.stream().filter(this::isUsable).toList();
    }

    private boolean isUsable(ChannelName name) {
        try {
            if (rules.find(name).isPresent()) {
                return true;
            }
            logLimit.log(() -> LOG.warn("Channel {} is in use on another node, but has no rule on this node", name));
        } catch (IllegalArgumentException reserved) {
            logLimit.log(() -> LOG.warn("Removing from the directory: {}", reserved.getMessage()));
            // The directory logs a failure itself.
            var unused = stores.directory().remove(name);
        }
        return false;
    }

    @Override
    public Future<Void> release(int shard) {
        held.clear(shard);
        List<Future<Void>> released = new ArrayList<>();
        released.add(addresses.closeShared(shard));
        for (OpenChannel entry : List.copyOf(channels.values())) {
            if (Shards.of(entry.name()) == shard) {
                released.add(close(entry));
            }
        }
        // Channels that were already being closed still hold their addresses.
        closing.forEach((name, gone) -> {
            if (Shards.of(name) == shard) {
                released.add(gone);
            }
        });
        return Future.join(released).mapEmpty();
    }

    // The previous leader may have appended events that it could not announce any more.
    private void sayTails(int shard) {
        for (OpenChannel entry : channels.values()) {
            if (Shards.of(entry.name()) == shard && entry.open.succeeded()) {
                entry.channel.sayTail();
            }
        }
    }

    /** Returns the channels of rules without variables: their addresses are consumed from the start. */
    private Future<Collection<ChannelName>> fixed(int shard) {
        return Future.succeededFuture(rules.all().stream()
                .filter(rule -> rule.channel().isLiteral())
                .map(rule -> new ChannelName(rule.channel().toString()))
                .filter(name -> Shards.of(name) == shard)
                .toList());
    }

    private Future<Void> openAll(Future<Collection<ChannelName>> names) {
        return names.compose(all -> Future.join(
                        all.stream().map(name -> opened(name, Need.TAKE_OVER)).toList())
                .mapEmpty());
    }

    // All members are asked: a draining node is not ready any more but still has subscribers. A node that does not
    // answer attaches its channels itself a few seconds later. A service that is not a node of the bridge has no such
    // address, and the question to it fails at once.
    private Future<Void> rejoin(int shard) {
        List<Future<Void>> answers = new ArrayList<>();
        for (String node : nodes.present()) {
            answers.add(vertx.eventBus()
                    .request(
                            Wire.node(node),
                            null,
                            Wire.options(Operation.LISTENING, nodes.self(), shard)
                                    .setSendTimeout(1_000))
                    .compose(answer -> Future.join(MessageCodec.decodeNames(answer.body()).stream()
                                    .filter(name -> Shards.of(name) == shard && isUsable(name))
                                    .map(name -> attach(name, node, Need.TAKE_OVER))
                                    .toList())
                            .mapEmpty()));
        }
        return Future.join(answers).<Void>mapEmpty().otherwiseEmpty();
    }

    /** Returns the channel when its address is consumed and its history known. Opens the channel if necessary. */
    private Future<LedChannel> opened(ChannelName name, Need need) {
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
        return need == Need.PUBLISH && !entry.spoken && !speaks(entry) ? tooMany(spokenRoom) : entry.open;
    }

    private Future<LedChannel> open(ChannelName name, Need need) {
        ChannelRule rule = rules.find(name).orElse(null);
        if (rule == null) {
            return Future.failedFuture(Refusals.noRule(name));
        }
        boolean spoken = need == Need.PUBLISH;
        if (spoken && !spokenRoom.hasRoom(name)) {
            return tooMany(spokenRoom);
        } else if (need == Need.SUBSCRIBE && !makeRoom(rule, name)) {
            return tooMany(silentRoom);
        }
        LedChannel channel =
                new LedChannel(vertx, name, rule.history().size(), stores, guard::confirmed, this::announce, clock);
        channel.used(clock.elapsedMillis());
        Future<LedChannel> open =
                channel.load().compose(loaded -> addresses.open(rule, name)).map(channel);
        OpenChannel entry = new OpenChannel(channel, rule, open, spoken);
        channels.put(name, entry);
        (spoken ? spokenRoom : silentRoom).add(name);
        open.onSuccess(opened -> foundOpen(entry)).onFailure(failed -> openFailed(entry));
        return open;
    }

    private void foundOpen(OpenChannel entry) {
        if (channels.get(entry.name()) == entry) {
            if (!entry.spoken && entry.channel.tail() instanceof Cursor.At) {
                // Events were published in the channel before this node led it, and there was room then.
                countAsSpoken(entry);
            }
            listenersChanged(entry.name());
        }
    }

    /** Removes a channel that could not be opened. The next request opens it again. */
    private void openFailed(OpenChannel entry) {
        if (channels.get(entry.name()) == entry) {
            remove(entry);
            closing(entry.name(), addresses.close(entry.rule, entry.name()));
        }
    }

    private boolean speaks(OpenChannel entry) {
        if (!spokenRoom.hasRoom(entry.name())) {
            return false;
        }
        countAsSpoken(entry);
        return true;
    }

    private void countAsSpoken(OpenChannel entry) {
        silentRoom.release(entry.name());
        spokenRoom.add(entry.name());
        entry.spoken = true;
        silent.forget(entry.rule, entry.name());
    }

    private void remove(OpenChannel entry) {
        channels.remove(entry.name(), entry);
        (entry.spoken ? spokenRoom : silentRoom).release(entry.name());
        silent.forget(entry.rule, entry.name());
    }

    /** Makes room for one more silent channel, if necessary by releasing a silent channel without subscribers. */
    private boolean makeRoom(ChannelRule rule, ChannelName name) {
        if (!silentRoom.hasRoom(name)) {
            OpenChannel first = silent.first(rule).map(channels::get).orElse(null);
            if (first != null) {
                letGo(first);
            }
        }
        return silentRoom.hasRoom(name);
    }

    private static <T> Future<T> tooMany(ChannelRoom room) {
        return Future.failedFuture(
                Refusals.of(Refusals.TOO_MANY, "limits.channels: this node leads %d channels".formatted(room.total())));
    }

    /**
     * Closes a channel. The future completes when this node neither opens the channel nor handles messages and appends
     * of it.
     */
    private Future<Void> close(OpenChannel entry) {
        remove(entry);
        Future<Void> closed = entry.open
                .transform(opened -> addresses.close(entry.rule, entry.name()))
                .eventually(entry.channel::quiet);
        closing(entry.name(), closed);
        return closed;
    }

    private void announce(Set<String> listeners, Announcement announcement) {
        if (listeners.isEmpty()) {
            return;
        }
        if (listeners.contains(nodes.self())) {
            vertx.runOnContext(later -> here.accept(announcement));
            if (listeners.size() == 1) {
                return;
            }
        }
        Buffer bytes = announcement.encode();
        for (String node : listeners) {
            if (!node.equals(nodes.self())) {
                vertx.eventBus().send(Wire.announcements(node), bytes);
            }
        }
    }
}
