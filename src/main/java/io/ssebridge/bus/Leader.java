package io.ssebridge.bus;

import io.ssebridge.bus.Wire.Operation;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
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
 * <p>The way of an event is ingest → history → announce → hub → subscriber, and this is the middle of it: nothing else
 * gives an event its number or tells the nodes of it. A channel stands here from its first use until it is idle, or until
 * another node leads its shard; that node then asks all others what they listen to, so that it misses nobody from its
 * first event on.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Leader implements Shards.Duties {
    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

    private final Vertx vertx;
    private final Nodes nodes;
    private final ChannelRules rules;
    private final Stores stores;
    private final Standing standing;
    private final Ingest ingest;
    private final NodeClock clock;
    private final int maxChannels;
    private final Consumer<Announcement> here;
    private final Map<ChannelName, Entry> channels = new HashMap<>();
    private final Map<ChannelName, Future<Void>> closing = new HashMap<>();

    /** A channel, its rule, and the channel once its address stands. */
    private record Entry(LedChannel channel, ChannelRule rule, Future<LedChannel> open) {}

    Leader(
            Vertx vertx,
            Nodes nodes,
            ChannelRules rules,
            Stores stores,
            Standing standing,
            Ingest ingest,
            NodeClock clock,
            int maxChannels,
            Consumer<Announcement> here) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.rules = rules;
        this.stores = stores;
        this.standing = standing;
        this.ingest = ingest;
        this.clock = clock;
        this.maxChannels = maxChannels;
        this.here = here;
    }

    /** Appends and announces events; this node leads their channel. */
    Future<List<Place>> append(ChannelName name, List<Submission> submissions) {
        return opened(name).compose(channel -> {
            channel.used(clock.millis());
            if (submissions.size() == 1) {
                return channel.append(submissions.get(0)).map(List::of);
            }
            List<Future<Place>> kept = submissions.stream().map(channel::append).toList();
            return Future.join(kept)
                    .map(all -> kept.stream().map(Future::result).toList());
        });
    }

    /**
     * From now on announces a channel to a node.
     *
     * @return the newest frame
     */
    Future<Cursor> attach(ChannelName name, String node) {
        return opened(name).compose(channel -> {
            channel.used(clock.millis());
            channel.listeners().add(node);
            return channel.certainTail();
        });
    }

    /** The newest frame of a channel. */
    Future<Cursor> tail(ChannelName name) {
        return opened(name).compose(channel -> {
            channel.used(clock.millis());
            return channel.certainTail();
        });
    }

    /** A node has no subscribers on a channel any more. */
    void detach(ChannelName name, String node) {
        Entry entry = channels.get(name);
        if (entry != null && entry.channel().listeners().remove(node)) {
            entry.channel().used(clock.millis());
        }
    }

    /** Nodes have come or gone. */
    void nodesChanged() {
        Set<String> present = nodes.present();
        long now = clock.millis();
        for (Entry entry : channels.values()) {
            if (entry.channel().listeners().retainAll(present)) {
                entry.channel().used(now);
            }
        }
    }

    /** The histories may not be what this node takes them for. */
    void doubtHistories() {
        channels.values().forEach(entry -> entry.channel().doubt());
    }

    /**
     * Enters the channels that are led here in the directory again, where it has lost them: when two members go at once,
     * both copies of an entry may. Else the next leader would take a channel that has a history for a new one.
     */
    @Override
    public Future<Void> enterAgain() {
        List<ChannelName> led = channels.entrySet().stream()
                .filter(entry -> entry.getValue().open().succeeded())
                .map(Map.Entry::getKey)
                .toList();
        return stores.directory()
                .missing(led)
                .compose(missing ->
                        Future.join(missing.stream().map(this::enterAgain).toList()))
                .mapEmpty();
    }

    private Future<Void> enterAgain(ChannelName name) {
        Entry entry = channels.get(name);
        if (entry == null) {
            return Future.succeededFuture();
        }
        LOG.warn("Channel {} was lost from the directory, and is entered again", name);
        return entry.channel().tail() instanceof Cursor.Start start
                ? stores.directory().enter(name, start.time()).mapEmpty()
                : stores.directory().hasHistory(name);
    }

    /** Repeats what may have been lost, and lets go of channels that nobody has needed for the time their rule says. */
    void sweep() {
        long now = clock.millis();
        List<Entry> idle = new ArrayList<>();
        for (Entry entry : channels.values()) {
            LedChannel channel = entry.channel();
            channel.repeatTail(now);
            if (entry.open().succeeded()
                    && channel.isIdle(now, entry.rule().history().ttl().toMillis())) {
                idle.add(entry);
            }
        }
        idle.forEach(this::letGo);
    }

    /** Forgets the history; and the address too, unless the rule names it outright. */
    private void letGo(Entry entry) {
        ChannelName name = entry.channel().name();
        boolean fixed = entry.rule().channel().isLiteral();
        if (fixed && entry.channel().tail() instanceof Cursor.Start) {
            return;
        }
        Future<Void> gone = entry.channel().forget(fixed);
        if (!fixed) {
            channels.remove(name);
            gone = gone.eventually(() -> closeAddress(entry));
        }
        closing(name, gone);
        gone.onFailure(e -> {
            // Tried again when it has been idle for as long once more.
            entry.channel().used(clock.millis());
            LOG.warn("Channel {} is not let go of: {}", name, e.toString());
        });
    }

    /** Whoever opens the channel again waits until it is closed. */
    private void closing(ChannelName name, Future<Void> gone) {
        closing.put(name, gone);
        gone.onComplete(done -> closing.remove(name, gone));
    }

    @Override
    public Future<Void> take(int shard) {
        return Future.join(
                        ingest.openShared(shard),
                        openAll(fixed(shard)),
                        openAll(stores.directory().of(shard)),
                        rejoin(shard))
                .onComplete(taken -> sayTails(shard))
                .mapEmpty();
    }

    @Override
    public Future<Void> release(int shard) {
        List<Future<Void>> released = new ArrayList<>();
        released.add(ingest.closeShared(shard));
        for (Entry entry : List.copyOf(channels.values())) {
            if (Shards.of(entry.channel().name()) == shard) {
                released.add(close(entry));
            }
        }
        return Future.join(released).mapEmpty();
    }

    // What the leader before had appended, and not announced any more.
    private void sayTails(int shard) {
        for (Entry entry : channels.values()) {
            if (Shards.of(entry.channel().name()) == shard && entry.open().succeeded()) {
                entry.channel().sayTail();
            }
        }
    }

    /** The channels that rules without variables name: their addresses are consumed from the start. */
    private Future<Collection<ChannelName>> fixed(int shard) {
        return Future.succeededFuture(rules.all().stream()
                .filter(rule -> rule.channel().isLiteral())
                .map(rule -> new ChannelName(rule.channel().toString()))
                .filter(name -> Shards.of(name) == shard)
                .toList());
    }

    private Future<Void> openAll(Future<Collection<ChannelName>> names) {
        return names.compose(
                all -> Future.join(all.stream().map(this::opened).toList()).mapEmpty());
    }

    // A node that does not answer asks to be attached by itself, a few seconds later. One that drains is not ready any
    // more but still has subscribers; a service that is no node has no such address, and that is known at once.
    private Future<Void> rejoin(int shard) {
        List<Future<Void>> answers = new ArrayList<>();
        for (String node : nodes.present()) {
            answers.add(vertx.eventBus()
                    .<JsonArray>request(
                            Wire.node(node),
                            null,
                            Wire.options(Operation.LISTENING, nodes.self(), shard)
                                    .setSendTimeout(1_000))
                    .compose(answer -> Future.join(Names.decode(answer.body()).stream()
                                    .map(name -> attach(name, node))
                                    .toList())
                            .mapEmpty()));
        }
        return Future.join(answers).mapEmpty();
    }

    /** The channel, once its address is consumed and its history known. */
    private Future<LedChannel> opened(ChannelName name) {
        Future<Void> gone = closing.get(name);
        if (gone != null) {
            return gone.transform(done -> opened(name));
        }
        Entry entry = channels.get(name);
        if (entry != null && !entry.open().failed()) {
            return entry.open();
        }
        ChannelRule rule = rules.find(name).orElse(null);
        if (rule == null) {
            return Future.failedFuture(Refusals.of(Refusals.NOT_FOUND, "channel \"%s\": no rule".formatted(name)));
        }
        if (channels.size() >= maxChannels) {
            return Future.failedFuture(Refusals.of(
                    Refusals.TOO_MANY, "limits.channels: %d channels are led here".formatted(channels.size())));
        }
        LedChannel channel =
                new LedChannel(vertx, name, rule.history().size(), stores, standing::confirmed, this::announce, clock);
        channel.used(clock.millis());
        Future<LedChannel> open =
                channel.load().compose(loaded -> openAddress(name, rule)).map(channel);
        channels.put(name, new Entry(channel, rule, open));
        return open;
    }

    private Future<Void> openAddress(ChannelName name, ChannelRule rule) {
        return Future.join(Ingest.ownAddress(rule, name).stream()
                        .map(address -> ingest.open(address, name))
                        .toList())
                .mapEmpty();
    }

    private Future<Void> closeAddress(Entry entry) {
        return Future.join(Ingest.ownAddress(entry.rule(), entry.channel().name()).stream()
                        .map(ingest::close)
                        .toList())
                .mapEmpty();
    }

    /** No message and no append of the channel is under way here any more. */
    private Future<Void> close(Entry entry) {
        channels.remove(entry.channel().name());
        Future<Void> closed = closeAddress(entry).eventually(entry.channel()::quiet);
        closing(entry.channel().name(), closed);
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
