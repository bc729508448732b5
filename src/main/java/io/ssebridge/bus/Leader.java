package io.ssebridge.bus;

import io.ssebridge.bus.Wire.Operation;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Event;
import io.ssebridge.history.History;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private final History history;
    private final Ingest ingest;
    private final Directory directory;
    private final InstantSource clock;
    private final int maxChannels;
    private final Map<ChannelName, Entry> channels = new HashMap<>();

    /** A channel, its rule, and when its address stands. */
    private record Entry(LedChannel channel, ChannelRule rule, Future<Void> open) {}

    Leader(
            Vertx vertx,
            Nodes nodes,
            ChannelRules rules,
            History history,
            Ingest ingest,
            Directory directory,
            InstantSource clock,
            int maxChannels) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.rules = rules;
        this.history = history;
        this.ingest = ingest;
        this.directory = directory;
        this.clock = clock;
        this.maxChannels = maxChannels;
    }

    /** Numbers and announces events; this node leads their channel. */
    Future<Long> append(ChannelName name, List<Event> events) {
        return opened(name).compose(channel -> {
            channel.used(clock.millis());
            List<Future<Long>> numbered = events.stream().map(channel::append).toList();
            return Future.join(numbered).map(all -> numbered.get(0).result());
        });
    }

    /** From now on announces a channel to a node. */
    Future<Void> attach(ChannelName name, String node) {
        return opened(name).map(channel -> {
            channel.used(clock.millis());
            channel.listeners().add(node);
            return null;
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

    /** Lets go of channels that nobody has needed for the time that their rule says. */
    void sweep() {
        long now = clock.millis();
        List<Entry> idle = channels.values().stream()
                .filter(entry -> !entry.rule().channel().isLiteral())
                .filter(entry -> entry.open().isComplete())
                .filter(entry -> entry.channel().isIdle(now, entry.rule().ttl().toMillis()))
                .toList();
        for (Entry entry : idle) {
            ChannelName name = entry.channel().name();
            directory.remove(name);
            close(entry).onFailure(e -> LOG.warn("The address of {} may still be consumed: {}", name, e.toString()));
        }
    }

    @Override
    public Future<Void> take(int shard) {
        return Future.join(ingest.openShared(shard), openAll(fixed(shard)), openAll(directory.of(shard)), rejoin(shard))
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

    /** The channel, once its address is consumed. */
    private Future<LedChannel> opened(ChannelName name) {
        Entry entry = channels.get(name);
        if (entry == null) {
            ChannelRule rule = rules.find(name).orElse(null);
            if (rule == null) {
                return Future.failedFuture(Refusals.of(Refusals.NOT_FOUND, "channel \"%s\": no rule".formatted(name)));
            }
            if (channels.size() >= maxChannels) {
                return Future.failedFuture(Refusals.of(
                        Refusals.TOO_MANY, "limits.channels: %d channels are led here".formatted(channels.size())));
            }
            entry = new Entry(new LedChannel(name, history, this::announce), rule, open(name, rule));
            // A channel that was taken over is not idle since 1970.
            entry.channel().used(clock.millis());
            channels.put(name, entry);
        }
        LedChannel channel = entry.channel();
        return entry.open().map(stands -> channel);
    }

    private Future<Void> open(ChannelName name, ChannelRule rule) {
        List<Future<Void>> opening = new ArrayList<>();
        for (String address : Ingest.ownAddress(rule, name)) {
            opening.add(ingest.open(address, name));
            if (!rule.channel().isLiteral()) {
                opening.add(directory.add(name));
            }
        }
        return Future.join(opening).mapEmpty();
    }

    private Future<Void> close(Entry entry) {
        LedChannel channel = entry.channel();
        List<Future<Void>> closing = new ArrayList<>();
        for (String address : Ingest.ownAddress(entry.rule(), channel.name())) {
            closing.add(ingest.close(address));
        }
        closing.add(channel.quiet());
        channels.remove(channel.name());
        return Future.join(closing).<Void>mapEmpty().onComplete(closed -> history.forget(channel.name()));
    }

    private void announce(Announcement announcement) {
        Entry entry = channels.get(announcement.channel());
        if (entry == null) {
            return;
        }
        Buffer bytes = announcement.encode();
        for (String node : entry.channel().listeners()) {
            vertx.eventBus().send(Wire.announcements(node), bytes);
        }
    }
}
