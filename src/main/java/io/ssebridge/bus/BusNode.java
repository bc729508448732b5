package io.ssebridge.bus;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventId;
import io.ssebridge.history.BoundedHistory;
import io.ssebridge.history.History;
import io.ssebridge.history.HistoryByRule;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.ReadingQueue;
import io.ssebridge.history.ReadingQueue.Bounds;
import io.ssebridge.hub.Feed;
import io.ssebridge.hub.Hubs;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.Owner;
import io.ssebridge.leader.ChannelDirectory;
import io.ssebridge.leader.IdempotencyKeys;
import io.ssebridge.leader.Leader;
import io.ssebridge.leader.PublishBudget;
import io.ssebridge.leader.RecentUids;
import io.ssebridge.leader.Stores;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.Place;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of the bridge on this node: creates the other objects of this package, and makes the node join and leave the
 * bridge.
 *
 * <p><b>Owner:</b> one context of the node, on which all its parts run. Its methods may be called from any thread.
 */
public final class BusNode {
    private static final Logger LOG = LoggerFactory.getLogger(BusNode.class);
    private static final Duration JOIN_PATIENCE = Duration.ofSeconds(10);
    private static final Duration ATTACH_AGAIN = Duration.ofSeconds(5);
    private static final Duration SWEEP = Duration.ofMillis(250);
    private static final long RETRY_MILLIS = 50;
    // A client waits this long for its answer.
    private static final long ADMISSION_MILLIS = 1_000;
    // About a millisecond of work.
    private static final int EVENTS_PER_TURN = 64;
    // A frozen member answers only after it has resumed or the cluster has removed it.
    private static final Duration SLOW_READING = Duration.ofSeconds(1);
    // Short: while a node starts, messages to it are lost, and a longer wait would only delay the start.
    private static final long PING_MILLIS = 300;
    // Longer than the time-out of the question that the asked node sends back to this node.
    private static final long PROBE_MILLIS = 5_000;
    // How long a node that stops waits for the answers to the messages that it has received.
    private static final Duration ANSWERING = Duration.ofSeconds(5);

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
    private final SplitBrainGuard guard;
    private final BusConsumers consumers;
    private final SelfProbe probe;
    private final ChannelDirectory directory;
    private final NewChannelLimit newChannels;
    private final RecentUids recent;
    private final PublishBudget underWay = PublishBudget.ofHeap();
    private final List<Long> timers = new ArrayList<>();
    private final LogLimit logLimit;
    private boolean asking;
    // Entries of the cluster's maps are lost only when members leave.
    private boolean membersChanged;

    private BusNode(
            Vertx vertx,
            Context context,
            Nodes nodes,
            ChannelRules rules,
            LimitOptions limits,
            StreamOptions streams,
            History history,
            NodeClock clock,
            MeterRegistry meters,
            SharedMaps maps) {
        this.vertx = vertx;
        this.owner = new Owner(context);
        this.nodes = nodes;
        this.clock = clock;
        this.logLimit = new LogLimit(clock);
        this.messages = new MessageReader(limits.eventBytes());
        History histories = new HistoryByRule(rules, history);
        this.directory = new ChannelDirectory(maps.channels());
        // Only reads for clients are limited: leaders use the unlimited histories and do not wait for clients.
        History bounded = new BoundedHistory(
                histories,
                new ReadingQueue(
                        new Bounds(limits.replays(), readingBytes(), SLOW_READING),
                        clock,
                        meters,
                        "sse.history.readings"));
        this.reader = new HistoryReader(bounded, rules, clock, directory::keeps);
        this.guard = new SplitBrainGuard(nodes, System::nanoTime);
        this.shards = new Shards(vertx, nodes, maps.leaders(), clock);
        this.leaders = new LeaderClient(vertx, nodes, shards, clock, this::appendHere);
        this.consumers = new BusConsumers(vertx, nodes);
        this.probe = new SelfProbe(nodes, consumers, node -> ping(node, PROBE_MILLIS), System::nanoTime);
        var unused = Gauge.builder("sse.node.heard", probe, each -> each.isFresh() ? 1 : 0)
                .description("Whether messages from other nodes reach this node")
                .register(meters);
        unused = Gauge.builder("sse.shards.incomplete", shards, Shards::incomplete)
                .description("Shards of this node that it has not been able to take up as a whole")
                .register(meters);
        this.newChannels = new NewChannelLimit(limits.newChannelsPerIp(), clock);
        Ingest ingest = new Ingest(consumers, rules, messages, this::publishMessage);
        this.recent = new RecentUids(limits.dedupBytes(), clock, meters);
        Stores stores = new Stores(
                histories,
                new HistoryReader(histories, rules, clock),
                directory,
                new IdempotencyKeys(maps),
                recent,
                PublishBudget.ofHeap());
        this.leader =
                new Leader(vertx, nodes, rules, stores, guard, ingest, clock, limits.channels(), this::announcedHere);
        this.hubs = new Hubs(owner, feed(), reader, streams, new ChannelRoom(rules, limits.channels()), clock, meters);
        this.pages = new HistoryService(
                rules,
                leaders,
                reader,
                new ReadingQueue(
                        new Bounds(limits.replays(), readingBytes(), Duration.ZERO),
                        clock,
                        meters,
                        "sse.history.pages"));
        this.door = new NodeDoor(vertx, consumers, nodes, shards, leader, hubs, guard, clock, meters);
    }

    /**
     * Opens a node of the bridge.
     *
     * @param vertx a Vert.x that is clustered if {@code nodes} is
     * @param nodes the members of the cluster
     * @param rules the rules of the channels
     * @param limits the limits of this node
     * @param streams the limits of the values that publishers may set for streams
     * @param history retains the events
     * @param clock the clocks of the node
     * @param meters holds the metrics
     * @return completes with the node once it leads its share of the channels
     */
    public static Future<BusNode> open(
            Vertx vertx,
            Nodes nodes,
            ChannelRules rules,
            LimitOptions limits,
            StreamOptions streams,
            History history,
            NodeClock clock,
            MeterRegistry meters) {
        Context context = vertx.getOrCreateContext();
        SharedMaps maps = nodes.maps().orElseGet(() -> SharedMaps.local(clock));
        BusNode node = new BusNode(vertx, context, nodes, rules, limits, streams, history, clock, meters, maps);
        return node.start().map(node);
    }

    private Future<Void> start() {
        return owner.call(() -> {
            shards.start(leader);
            nodes.onChange(() -> owner.run(this::nodesChanged));
            nodes.onMerge(() -> owner.run(this::checkEverything));
            // The check runs during the start too, which may take long: a node that only waits must not count as
            // frozen.
            every(SplitBrainGuard.TICK, this::checkStanding);
            return door.open()
                    .compose(opened -> reachAll(clock.elapsedMillis() + JOIN_PATIENCE.toMillis(), new HashSet<>()))
                    .compose(reached -> nodes.enter())
                    .compose(entered -> {
                        nodesChanged();
                        every(SWEEP, leader::sweep);
                        every(SWEEP, reader::watchClock);
                        every(SWEEP, recent::sweep);
                        every(ATTACH_AGAIN, this::repeat);
                        every(SelfProbe.PERIOD, this::probe);
                        return shards.settled();
                    })
                    .compose(leading -> pages.open(consumers));
        });
    }

    /**
     * Returns how many bytes the reads of histories for clients may hold at the same time, and as many for pages: a
     * sixteenth of the heap, at most 64 MiB.
     */
    private static long readingBytes() {
        return Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 16);
    }

    private void every(Duration period, Runnable step) {
        timers.add(vertx.setPeriodic(period.toMillis(), tick -> step.run()));
    }

    private void nodesChanged() {
        membersChanged = true;
        guard.nodesChanged();
        probe.nodesChanged();
        leader.nodesChanged();
        shards.update();
        leaders.nodesChanged();
    }

    /** Repairs possible losses by repetition: attachments, entries of leaders, and entries of the directory. */
    private void repeat() {
        attachAgain();
        shards.checkHolders();
        if (membersChanged) {
            membersChanged = false;
            leader.enterAgain().onFailure(e -> {
                membersChanged = true;
                LOG.warn("Could not check whether the directory has all channels; retrying: {}", e.toString());
            });
        }
    }

    /** Asks the other nodes whether they know this node, if this node is in doubt. */
    private void checkStanding() {
        guard.tick();
        if (!guard.isInDoubt() || asking) {
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
            if (guard.confirmedBy(confirming)) {
                checkEverything();
            }
        });
    }

    private void probe() {
        probe.run().onFailure(e -> LOG.warn("Could not check whether other nodes reach this node: {}", e.toString()));
    }

    /** Checks everything that other nodes may have replaced while this node was cut off. */
    private void checkEverything() {
        leader.doubtHistories();
        shards.checkHolders();
        attachAgain();
    }

    /** Asks a node whether it can reach this node. A node that believes this node gone cannot. */
    private Future<Message<Object>> ping(String node, long millis) {
        return vertx.eventBus()
                .request(
                        Wire.node(node),
                        null,
                        Wire.options(Operation.PING, nodes.self(), 0).setSendTimeout(millis));
    }

    /**
     * Waits until all leading nodes can reach this node. Other nodes see a new node before they can reach it, so it
     * must not lead earlier.
     */
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
            if (clock.elapsedMillis() >= deadline) {
                LOG.warn(
                        "Not all nodes answer; starting with {} of {}",
                        reached.size(),
                        nodes.ready().size());
                return Future.succeededFuture();
            }
            return vertx.timer(RETRY_MILLIS).compose(later -> reachAll(deadline, reached));
        });
    }

    /** Appends on this node. A failure has the same form as in the answer to a message. */
    private Future<List<Place>> appendHere(Submission.AppendRequest batch) {
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
        live.forEach(this::attachAgain);
    }

    private void attachAgain(int shard, List<ChannelName> names) {
        leaders.attach(shard, names)
                .onSuccess(tails -> hubs.reach(names, tails))
                .onFailure(e -> notAttached(shard, names, e));
    }

    /**
     * Retries channels in smaller groups. A leader refuses a whole request if it refuses one channel, and the other
     * channels must not suffer.
     */
    private void notAttached(int shard, List<ChannelName> names, Throwable failure) {
        if (names.size() > 1 && failure instanceof ReplyException && !Refusals.mayAskAgain(failure)) {
            int half = names.size() / 2;
            attachAgain(shard, names.subList(0, half));
            attachAgain(shard, names.subList(half, names.size()));
        } else {
            logLimit.log(() -> LOG.warn(
                    "The leader of shard {} does not announce {} channels to this node: {} (said at most once a minute)",
                    shard,
                    names.size(),
                    failure.getMessage()));
        }
    }

    /**
     * Decides whether a client may open a stream of some channels. Call it before the client gets a positive answer. A
     * new channel costs the whole cluster an address, so one client address must not open many new channels.
     *
     * @param channels channels with a rule
     * @param client the address of the client
     */
    public Future<Admission> admit(List<ChannelName> channels, String client) {
        return owner.call(() -> {
            List<ChannelName> notLive = hubs.notLive(channels);
            if (notLive.isEmpty() || !newChannels.isOn()) {
                return Future.succeededFuture(Admission.ADMITTED);
            }
            List<Future<Boolean>> known = notLive.stream().map(this::isKnown).toList();
            return Future.join(known).map(looked -> {
                List<ChannelName> unknown = IntStream.range(0, notLive.size())
                        .filter(i -> !known.get(i).result())
                        .mapToObj(notLive::get)
                        .toList();
                return admitNew(unknown, client);
            });
        });
    }

    // If the look-up is too slow or fails, the channel counts as known, so that no client is refused for it.
    private Future<Boolean> isKnown(ChannelName channel) {
        return directory
                .knows(channel)
                .timeout(ADMISSION_MILLIS, TimeUnit.MILLISECONDS)
                .otherwise(true);
    }

    private Admission admitNew(List<ChannelName> unknown, String client) {
        Duration wait = newChannels.take(client, unknown);
        return wait.isZero()
                ? Admission.ADMITTED
                : new Admission.OverLimit(
                        "limits.newChannelsPerIp: too many new channels from this address within a minute", wait);
    }

    /**
     * Publishes an event.
     *
     * @param channel a channel with a rule
     * @param event the event
     * @param key the publisher's idempotency key, or null. Events with the same key within five minutes are one event
     * @return completes with the receipt when the event is retained and announced; fails with a {@link
     *     io.vertx.core.eventbus.ReplyException} with an HTTP status as its code
     */
    public Future<Published> publish(ChannelName channel, Event event, @Nullable String key) {
        return publish(List.of(channel), List.of(new Publication(event, key))).compose(published -> published.get(0));
    }

    /**
     * Publishes events in portions, so that the node does other work in between. The events do not wait for the answers
     * of earlier ones. They keep their order and share appends.
     *
     * @param names channels with a rule
     * @param events the events; each is published on every channel
     * @return completes when all events are answered, with a future for each event and channel: event by event, and for
     *     each event the channels in their order. Such a future has the receipt or fails as above. The outer future
     *     fails if there is no room for the events, and then none of them is published
     */
    public Future<List<Future<Published>>> publish(List<ChannelName> names, List<Publication> events) {
        return owner.call(() -> {
                    long bytes = names.size()
                            * events.stream()
                                    .mapToLong(each -> PublishBudget.bytes(each.event()))
                                    .sum();
                    if (!underWay.take(bytes)) {
                        return noRoom();
                    }
                    List<Future<Published>> published = new ArrayList<>(names.size() * events.size());
                    return handOver(names, events, published)
                            .compose(done -> Future.join(published))
                            .transform(answered -> {
                                underWay.giveBack(bytes);
                                return Future.succeededFuture(published);
                            });
                })
                .recover(failure -> Future.failedFuture(Refusals.from(failure)));
    }

    /** Hands over the next portion of events, and the rest in later turns of the event loop. */
    private Future<Void> handOver(
            List<ChannelName> names, List<Publication> events, List<Future<Published>> published) {
        int all = names.size() * events.size();
        int end = Math.min(all, published.size() + EVENTS_PER_TURN);
        for (int i = published.size(); i < end; i++) {
            published.add(handOver(names.get(i % names.size()), events.get(i / names.size())));
        }
        return end == all ? Future.succeededFuture() : owner.call(() -> handOver(names, events, published));
    }

    private Future<Published> handOver(ChannelName channel, Publication publication) {
        String key = publication.key();
        try {
            messages.checkSize(publication.event());
            if (key != null) {
                MessageReader.checkKey(key);
            }
            return submit(channel, publication.event(), key)
                    .recover(failure -> Future.failedFuture(Refusals.from(failure)));
        } catch (IllegalArgumentException | ReplyException refused) {
            return Future.failedFuture(Refusals.from(refused));
        }
    }

    private static <T> Future<T> noRoom() {
        return Future.failedFuture(Refusals.of(Refusals.TOO_MANY, "too many events are in flight on this node"));
    }

    /** Publishes the event of an event bus message. */
    private Future<Published> publishMessage(ChannelName channel, Event event, @Nullable String key) {
        long bytes = PublishBudget.bytes(event);
        return underWay.take(bytes)
                ? submit(channel, event, key).onComplete(answered -> underWay.giveBack(bytes))
                : noRoom();
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
     * @param channel a channel with a rule
     * @param page the requested page
     * @return the page; fails like {@link #publish}
     */
    public Future<JsonObject> history(ChannelName channel, HistoryPage page) {
        return owner.call(() -> pages.read(channel, page))
                .recover(failure -> Future.failedFuture(Refusals.from(failure)));
    }

    /** Returns the reader of all histories. */
    public HistoryReader history() {
        return reader;
    }

    /** Returns the live channels of this node. */
    public Hubs hubs() {
        return hubs;
    }

    /**
     * Runs a step on the node's context repeatedly, until the node is closed.
     *
     * @param period the time between two runs
     * @param step the step to run
     */
    public void repeat(Duration period, Runnable step) {
        owner.run(() -> every(period, step));
    }

    /** Returns whether messages of other nodes reach this node, according to the last checks. */
    public boolean isHeard() {
        return probe.isFresh();
    }

    /**
     * Returns whether other nodes reach this node and it has taken up all shards that it should lead. Then load
     * balancers may send clients to it.
     */
    public boolean isReady() {
        return isHeard() && shards.incomplete() == 0;
    }

    /** Returns the id of this node in the cluster. */
    public String id() {
        return nodes.self();
    }

    /**
     * Stops leading, and leaves questions for histories to other nodes.
     *
     * @return completes when other nodes may take over all shards that it led
     */
    public Future<Void> withdraw() {
        return owner.call(() -> nodes.withdraw().compose(withdrawn -> {
            nodesChanged();
            return Future.join(shards.settled(), pages.close(consumers)).mapEmpty();
        }));
    }

    /**
     * Waits until all messages that have come are answered, and stops all periodic work. Call it after {@link #withdraw},
     * when no streams are left.
     *
     * @return completes when the periodic work is stopped
     */
    public Future<Void> close() {
        return owner.call(() -> consumers
                .quiet()
                .timeout(ANSWERING.toMillis(), TimeUnit.MILLISECONDS)
                .transform(quiet -> answered(clock.elapsedMillis() + ANSWERING.toMillis()))
                .onComplete(done -> timers.forEach(vertx::cancelTimer)));
    }

    private Future<Void> answered(long deadline) {
        return underWay.bytes() == 0 && pages.isQuiet() || clock.elapsedMillis() >= deadline
                ? Future.succeededFuture()
                : vertx.timer(RETRY_MILLIS).compose(later -> answered(deadline));
    }
}
