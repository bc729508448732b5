package io.ssebridge.bus;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.bus.Wire.Operation;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventId;
import io.ssebridge.history.History;
import io.ssebridge.history.HistoryByRule;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.hub.Feed;
import io.ssebridge.hub.Hubs;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.Owner;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.AsyncMap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part in the bridge: puts the pieces together, brings them into the cluster and out of it again.
 *
 * <p><b>Owner:</b> one context of the node, on which all that it holds runs; its methods may be called from anywhere.
 */
public final class BusNode {
    private static final Logger LOG = LoggerFactory.getLogger(BusNode.class);
    private static final Duration JOIN_PATIENCE = Duration.ofSeconds(10);
    private static final Duration ATTACH_AGAIN = Duration.ofSeconds(5);
    private static final Duration SWEEP = Duration.ofMillis(250);
    private static final long RETRY_MILLIS = 50;
    // Short: while a node comes up, what is sent to it goes nowhere, and waiting for it would only make it later.
    private static final long PING_MILLIS = 300;
    // Longer than whoever is asked waits for its own question to this node.
    private static final long PROBE_MILLIS = 5_000;

    private final Vertx vertx;
    private final Owner owner;
    private final Nodes nodes;
    private final NodeClock clock;
    private final MessageReader messages;
    private final Shards shards;
    private final LeaderClient leaders;
    private final Leader leader;
    private final HistoryReader reader;
    private final Hubs hubs;
    private final NodeDoor door;
    private final HistoryService pages;
    private final Standing standing;
    private final Intake intake;
    private final SelfProbe probe;
    private final List<Long> timers = new ArrayList<>();
    private boolean asking;
    // Entries of the cluster's maps go only with members.
    private boolean membersChanged;

    private BusNode(
            Vertx vertx,
            Context context,
            Nodes nodes,
            ChannelRules rules,
            LimitOptions limits,
            History history,
            NodeClock clock,
            MeterRegistry meters,
            AsyncMap<Integer, String> holders,
            AsyncMap<String, Long> directory,
            AsyncMap<String, Long> keys) {
        this.vertx = vertx;
        this.owner = new Owner(context);
        this.nodes = nodes;
        this.clock = clock;
        this.messages = new MessageReader(limits.eventBytes());
        History histories = new HistoryByRule(rules, history);
        this.reader = new HistoryReader(histories, rules, clock);
        this.standing = new Standing(nodes, System::nanoTime);
        this.shards = new Shards(vertx, nodes, holders);
        this.leaders = new LeaderClient(vertx, nodes, shards, clock, this::appendHere);
        this.intake = new Intake(vertx.eventBus());
        this.probe = new SelfProbe(nodes, intake, node -> ping(node, PROBE_MILLIS), System::nanoTime);
        var unused = Gauge.builder("sse.node.heard", probe, each -> each.isFresh() ? 1 : 0)
                .description("Whether messages from other nodes reach this node")
                .register(meters);
        Ingest ingest = new Ingest(intake, rules, messages, this::submit);
        Stores stores = new Stores(histories, reader, new Directory(directory), new Keys(keys));
        this.leader = new Leader(
                vertx, nodes, rules, stores, standing, ingest, clock, limits.channels(), this::announcedHere);
        this.hubs = new Hubs(vertx, owner, feed(), reader, limits.channels());
        this.pages = new HistoryService(rules, leaders, reader);
        this.door = new NodeDoor(vertx, intake, nodes, shards, leader, hubs, standing);
    }

    /**
     * Brings a node into the bridge.
     *
     * @param vertx clustered or not, as {@code nodes} is
     * @param nodes who is in the cluster
     * @param rules which channels there are
     * @param limits bounds of this node
     * @param history keeps the events
     * @param clock the time
     * @param meters counts what happens
     * @return the node, once it has its share of the channels
     */
    public static Future<BusNode> open(
            Vertx vertx,
            Nodes nodes,
            ChannelRules rules,
            LimitOptions limits,
            History history,
            NodeClock clock,
            MeterRegistry meters) {
        Context context = vertx.getOrCreateContext();
        Future<AsyncMap<Integer, String>> holders = vertx.sharedData().getAsyncMap("sse.leaders");
        Future<AsyncMap<String, Long>> directory = vertx.sharedData().getAsyncMap("sse.channels");
        Future<AsyncMap<String, Long>> keys = vertx.sharedData().getAsyncMap("sse.keys");
        return Future.all(holders, directory, keys).compose(maps -> {
            BusNode node = new BusNode(
                    vertx,
                    context,
                    nodes,
                    rules,
                    limits,
                    history,
                    clock,
                    meters,
                    holders.result(),
                    directory.result(),
                    keys.result());
            return node.start().map(node);
        });
    }

    private Future<Void> start() {
        return owner.call(() -> {
            shards.start(leader);
            nodes.onChange(() -> owner.run(this::nodesChanged));
            nodes.onMerge(() -> owner.run(this::checkEverything));
            // From the start, which may take long: a node that waits does not stand still.
            every(Standing.TICK, this::checkStanding);
            return door.open()
                    .compose(opened -> reachAll(clock.millis() + JOIN_PATIENCE.toMillis(), new HashSet<>()))
                    .compose(reached -> nodes.enter())
                    .compose(entered -> {
                        nodesChanged();
                        every(SWEEP, leader::sweep);
                        every(ATTACH_AGAIN, this::repeat);
                        every(SelfProbe.PERIOD, this::probe);
                        return shards.settled();
                    })
                    .compose(leading -> pages.open(intake));
        });
    }

    private void every(Duration period, Runnable step) {
        timers.add(vertx.setPeriodic(period.toMillis(), tick -> step.run()));
    }

    private void nodesChanged() {
        membersChanged = true;
        standing.nodesChanged();
        probe.nodesChanged();
        leader.nodesChanged();
        shards.update();
        leaders.nodesChanged();
    }

    /** What may have gone wrong is put right sooner or later, whatever it was. */
    private void repeat() {
        attachAgain();
        shards.checkHolders();
        if (membersChanged) {
            membersChanged = false;
            leader.enterAgain().onFailure(e -> {
                membersChanged = true;
                LOG.warn("Not known whether the directory has all channels: {}", e.toString());
            });
        }
    }

    /** Asks the others whether they know this node, if it has reason to doubt that. */
    private void checkStanding() {
        standing.tick();
        if (!standing.isInDoubt() || asking) {
            return;
        }
        asking = true;
        List<Future<Message<Object>>> asked = nodes.ready().stream()
                .filter(node -> !node.equals(nodes.self()))
                .map(node -> ping(node, PING_MILLIS))
                .toList();
        Future.join(asked).onComplete(answered -> {
            asking = false;
            int confirming = (int) asked.stream().filter(Future::succeeded).count();
            if (standing.confirmedBy(confirming)) {
                checkEverything();
            }
        });
    }

    private void probe() {
        probe.run().onFailure(e -> LOG.warn("Not known whether this node is heard: {}", e.toString()));
    }

    /** What the others have done meanwhile may have replaced what this node took for certain. */
    private void checkEverything() {
        leader.doubtHistories();
        shards.checkHolders();
        attachAgain();
    }

    /** Answered by a node that can reach this one, which it cannot if it takes it for gone. */
    private Future<Message<Object>> ping(String node, long millis) {
        return vertx.eventBus()
                .request(
                        Wire.node(node),
                        null,
                        Wire.options(Operation.PING, nodes.self(), 0).setSendTimeout(millis));
    }

    /** A node is seen by others before it can be reached: it leads only when all who lead have talked to it. */
    private Future<Void> reachAll(long deadline, Set<String> reached) {
        List<Future<Void>> asked = new ArrayList<>();
        for (String node : nodes.ready()) {
            if (!reached.contains(node)) {
                asked.add(ping(node, PING_MILLIS)
                        .onSuccess(answered -> reached.add(node))
                        .mapEmpty());
            }
        }
        return Future.join(asked).<Void>mapEmpty().recover(unreached -> {
            if (clock.millis() >= deadline) {
                LOG.warn(
                        "Not all nodes answer; going on with {} of {}",
                        reached.size(),
                        nodes.ready().size());
                return Future.succeededFuture();
            }
            return vertx.timer(RETRY_MILLIS).compose(later -> reachAll(deadline, reached));
        });
    }

    /** As the leader would answer a message. */
    private Future<List<Place>> appendHere(Submission.Batch batch) {
        return door.append(batch).recover(failure -> Future.failedFuture(Refusals.betweenNodes(failure)));
    }

    private void announcedHere(Announcement said) {
        door.announced(said);
    }

    private Feed feed() {
        return new Feed() {
            @Override
            public Future<Cursor> attach(ChannelName channel) {
                return leaders.attach(Shards.of(channel), List.of(channel)).map(tails -> tails.get(0));
            }

            @Override
            public void detach(ChannelName channel) {
                leaders.detach(channel);
            }
        };
    }

    private void attachAgain() {
        Map<Integer, List<ChannelName>> live = hubs.channels().stream().collect(Collectors.groupingBy(Shards::of));
        live.forEach((shard, names) -> leaders.attach(shard, names)
                .onSuccess(tails -> hubs.reach(names, tails))
                .onFailure(e -> LOG.warn("The leader of shard {} does not answer: {}", shard, e.getMessage())));
    }

    /**
     * Publishes an event.
     *
     * @param channel a channel that a rule holds for
     * @param event the event
     * @param key the publisher's idempotency key, if it gave one: the same within five minutes is the same event
     * @return its place, once it is kept and announced; failed with a {@link io.vertx.core.eventbus.ReplyException} whose
     *     code is an HTTP status
     */
    public Future<Published> publish(ChannelName channel, Event event, @Nullable String key) {
        return owner.call(() -> {
                    messages.checkSize(event);
                    if (key != null) {
                        MessageReader.checkKey(key);
                    }
                    return submit(channel, event, key);
                })
                .recover(failure -> Future.failedFuture(Refusals.from(failure)));
    }

    private Future<Published> submit(ChannelName channel, Event event, @Nullable String key) {
        return leaders.publish(channel, Submission.of(channel, event, key))
                .map(place -> new Published(
                        channel,
                        reader.keeps(channel)
                                ? Optional.of(EventId.encode(List.of(channel), List.of(place.cursor())))
                                : Optional.empty(),
                        place.cursor().sequence(),
                        place.repeated()));
    }

    /**
     * Reads a page of a channel's history.
     *
     * @param channel a channel that a rule holds for
     * @param page what is asked for
     * @return the page; failed as {@link #publish} is
     */
    public Future<JsonObject> history(ChannelName channel, HistoryPage page) {
        return owner.call(() -> pages.read(channel, page))
                .recover(failure -> Future.failedFuture(Refusals.from(failure)));
    }

    /** The histories of all channels. */
    public HistoryReader history() {
        return reader;
    }

    /** The live channels. */
    public Hubs hubs() {
        return hubs;
    }

    /** Whether what others say on the event bus reaches this node, as far as it has found out lately. */
    public boolean isHeard() {
        return probe.isFresh();
    }

    /** The name of this node in the cluster. */
    public String id() {
        return nodes.self();
    }

    /**
     * Leads no longer.
     *
     * @return when other nodes may take over all that it led
     */
    public Future<Void> withdraw() {
        return owner.call(() -> nodes.withdraw().compose(withdrawn -> {
            nodesChanged();
            return shards.settled();
        }));
    }

    /**
     * Looks after nothing any more; behind {@link #withdraw}, and when there are no streams left.
     *
     * @return when that is so
     */
    public Future<Void> close() {
        return owner.call(() -> {
            timers.forEach(vertx::cancelTimer);
            return Future.succeededFuture();
        });
    }
}
