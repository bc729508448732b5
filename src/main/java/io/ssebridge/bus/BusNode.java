package io.ssebridge.bus;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.TimeGauge;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.Receipt;
import io.ssebridge.history.BoundedHistory;
import io.ssebridge.history.History;
import io.ssebridge.history.HistoryByRule;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.ReadingQueue;
import io.ssebridge.history.ReadingQueue.Bounds;
import io.ssebridge.hub.Hubs;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.NodeHubs;
import io.ssebridge.hub.Owner;
import io.ssebridge.leader.AppendMeters;
import io.ssebridge.leader.ChannelDirectory;
import io.ssebridge.leader.DedupRoom;
import io.ssebridge.leader.IdempotencyKeys;
import io.ssebridge.leader.Leader;
import io.ssebridge.leader.LeaderLimits;
import io.ssebridge.leader.PublishBudget;
import io.ssebridge.leader.RecentUids;
import io.ssebridge.leader.Stores;
import io.ssebridge.loop.LoopContexts;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.personal.PersonalAnswers;
import io.ssebridge.personal.PersonalServices;
import io.ssebridge.personal.Personalizer;
import io.ssebridge.presence.ChannelScope;
import io.ssebridge.presence.LoopChannels;
import io.ssebridge.presence.Presence;
import io.ssebridge.presence.PresenceOptions;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The part of the bridge on this node. It only creates the parts of the node and connects them. Everything of a shard is
 * owned by one event loop, a {@link ShardLoop}:
 *
 * <ul>
 *   <li>{@link LeaderClient} takes events to their leaders; {@link Ingest} takes them from the event bus.
 *   <li>{@link Leader} leads channels, {@link Hubs} deliver their events on this node, and {@link ShardService} serves the
 *       requests of nodes.
 * </ul>
 *
 * <p>The other parts run on the node's own context, which is that of the first event loop:
 *
 * <ul>
 *   <li>{@link NodeService} and {@link AnnouncementReceiver} take the messages of other nodes.
 *   <li>{@link HistoryService} answers questions for histories, and {@link Presence} those for subscribers.
 *   <li>{@link NodeLifecycle} makes the node join and leave the bridge; {@link NodeUpkeep} repairs it in between.
 * </ul>
 *
 * <p>Its methods may be called from any thread.
 */
public final class BusNode {
    // A frozen member answers only after it has resumed or the cluster has removed it.
    private static final Duration SLOW_READING = Duration.ofSeconds(1);
    // Longer, because the reading of a page may have to wait for others.
    private static final Duration SLOW_PAGE = Duration.ofSeconds(3);

    private final Owner owner;
    private final Nodes nodes;
    private final ChannelRules rules;
    private final Shards shards;
    private final HistoryReader reader;
    private final NodeHubs hubs;
    private final HistoryService pages;
    private final Presence presence;
    private final SelfProbe probe;
    private final EventPublisher publisher;
    private final StreamAdmission admission;
    private final ChannelRoom liveRoom;
    private final LeaderLimits leaderLimits;
    private final NewChannelLimit newChannels;
    private final NodeRequests streamRequests;
    private final BlockMap blocks;
    private final PerLoop<ShardLoop> loops;
    private final PeriodicTasks tasks;
    private final NodeLifecycle lifecycle;

    private BusNode(
            Vertx vertx,
            List<Context> contexts,
            Nodes nodes,
            ChannelRules rules,
            LimitOptions limits,
            StreamOptions streams,
            PresenceOptions presenceOptions,
            History history,
            Map<String, Personalizer> personalizers,
            NodeClock clock,
            MeterRegistry meters,
            SharedMaps maps) {
        PerLoop<Context> all = new PerLoop<>(contexts);
        PerLoop<Owner> owners = all.map(Owner::new);
        this.owner = owners.of(0);
        this.nodes = nodes;
        this.rules = rules;
        ChannelDirectory directory = new ChannelDirectory(maps.channels());
        History histories = new HistoryByRule(rules, history);
        // Only reads for clients are limited: leaders use the unlimited histories and do not wait for clients.
        ReadingQueue readings = new ReadingQueue(bounds(limits, SLOW_READING), clock, meters, "sse.history.readings");
        PersonalServices services = new PersonalServices(vertx, personalizers, limits.eventBytes());
        this.reader = new HistoryReader(
                new BoundedHistory(histories, readings),
                rules,
                clock,
                directory::keeps,
                new PersonalAnswers(owner, rules, services, clock, meters));

        // Out: to the leaders of channels.
        this.shards = new Shards(new LoopThread(contexts.get(0)), vertx, nodes, maps.leaders(), clock);
        PerLoop<LeaderClient> leaders = owners.map(loop -> new LeaderClient(loop, vertx, nodes, shards, clock));
        PublishMeters published = new PublishMeters(meters);
        MessageReader messages = new MessageReader(limits.eventBytes(), published);
        this.publisher = new EventPublisher(rules, messages, leaders, reader, published, new PublishSpans(vertx));
        this.liveRoom = new ChannelRoom(rules, limits.channels());
        ChannelMeters channelMeters = new ChannelMeters(rules, meters);
        PerLoop<Hubs> hubsOfLoops = leaders.map(
                client -> new Hubs(client.owner(), client, reader, streams, liveRoom, clock, meters, channelMeters));
        this.hubs = new NodeHubs(hubsOfLoops.all(), hubsOfLoops::of);
        this.newChannels = new NewChannelLimit(limits.newChannelsPerIp(), clock);
        this.admission = new StreamAdmission(owner, hubs, directory, newChannels);

        // In: from other services and nodes.
        SplitBrainGuard guard = new SplitBrainGuard(nodes, System::nanoTime);
        PublishBudget budget = PublishBudget.ofHeap();
        this.leaderLimits = LeaderLimits.of(rules, limits.channels(), limits.historyBytes(), contexts.size(), meters);
        AppendMeters appends = new AppendMeters(meters, channelMeters);
        BusConsumers consumers = new BusConsumers(contexts.get(0), vertx, nodes);
        DedupRoom dedupRoom = new DedupRoom(limits.dedupBytes(), contexts.size(), meters);
        List<ShardLoop> made = new ArrayList<>();
        for (int i = 0; i < contexts.size(); i++) {
            Owner loop = owners.of(i);
            Hubs loopHubs = hubsOfLoops.of(i);
            RecentUids uids = new RecentUids(new LoopThread(contexts.get(i)), dedupRoom, clock);
            Leader leader = new Leader(
                    vertx,
                    contexts.get(i),
                    nodes,
                    rules,
                    new Stores(
                            histories,
                            new HistoryReader(histories, rules, clock),
                            directory,
                            new IdempotencyKeys(maps),
                            uids,
                            budget,
                            appends),
                    guard,
                    new Ingest(
                            loop,
                            new LoopConsumers(loop, contexts.get(i), consumers),
                            rules,
                            messages,
                            publisher,
                            published),
                    clock,
                    leaderLimits,
                    AnnouncementReceiver.to(loopHubs));
            ShardService service =
                    new ShardService(loop, shards, leader, loopHubs, guard, new FaultyMessages(clock, meters));
            leaders.of(i).start(service);
            made.add(new ShardLoop(
                    loop,
                    loopHubs,
                    leader,
                    leaders.of(i),
                    new AttachmentRefresher(loop, loopHubs, leaders.of(i), clock),
                    service,
                    uids,
                    new PeriodicTasks(vertx)));
        }
        this.loops = new PerLoop<>(made);
        this.streamRequests = new NodeRequests(vertx, nodes, owner);
        this.blocks = new BlockMap(owner, maps.blocks());
        this.presence = new Presence(
                vertx,
                owner,
                nodes,
                shards,
                rules,
                hubs,
                loops.map(loop -> new LoopChannels(loop.owner(), loop.hubs(), loop.leader()))
                        .all(),
                guard,
                maps.presence(),
                clock,
                presenceOptions,
                publisher::publishPresence);
        shards.start(new NodeDuties(loops, presence));
        FaultyMessages faulty = new FaultyMessages(clock, meters);
        NodeService requests = new NodeService(vertx, nodes, loops, presence, streamRequests, faulty);
        ReadingQueue pageReadings = new ReadingQueue(bounds(limits, SLOW_PAGE), clock, meters, "sse.history.pages");
        this.pages = new HistoryService(rules, leaders, reader, pageReadings);

        // The life of the node.
        NodePing ping = new NodePing(vertx, nodes);
        this.probe = new SelfProbe(nodes, new AddressCheck(nodes, consumers), ping::ask, System::nanoTime);
        this.tasks = new PeriodicTasks(vertx);
        NodeUpkeep upkeep =
                new NodeUpkeep(tasks, shards, loops, guard, probe, presence, reader, List.of(readings, pageReadings));
        this.lifecycle = new NodeLifecycle(
                vertx,
                owner,
                clock,
                nodes,
                shards,
                guard,
                new NodeLifecycle.Addresses(
                        loops,
                        consumers,
                        requests,
                        new AnnouncementReceiver(loops, faulty),
                        new QuestionAddresses(questions())),
                publisher,
                ping,
                new NodeLifecycle.Upkeep(
                        tasks, upkeep, new DoubtCheck(nodes, guard, ping, upkeep), new FreezeWatch(guard)));
        registerGauges(meters, liveRoom, leaderLimits);
    }

    private Map<String, QuestionAddresses.Answer> questions() {
        return Map.of(
                HistoryService.ADDRESS,
                pages::answer,
                "sse.disconnect",
                streamRequests::disconnect,
                "sse.presence",
                body -> presence.of(BusQuestion.of(body, "channel").channel(rules)),
                "sse.channels",
                body -> presence.channels(ChannelScope.all(
                        body == null
                                ? ""
                                : BusQuestion.of(body, "after, or none")
                                        .text("after")
                                        .orElse(""))));
    }

    /** Returns the bounds of readings for clients, which may hold a sixteenth of the heap, at most 64 MiB. */
    private static Bounds bounds(LimitOptions limits, Duration slow) {
        return new Bounds(
                limits.replays(), Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 16), slow);
    }

    private void registerGauges(MeterRegistry meters, ChannelRoom live, LeaderLimits led) {
        var unused = Gauge.builder("sse.node.heard", probe, each -> each.isFresh() ? 1 : 0)
                .description("Whether messages from other nodes reach this node")
                .register(meters);
        unused = Gauge.builder("sse.shards.incomplete", shards, Shards::incomplete)
                .description("Shards of this node that it has not been able to take up as a whole")
                .register(meters);
        unused = Gauge.builder("sse.shards.led", shards, Shards::led)
                .description("Shards that this node leads")
                .register(meters);
        unused = Gauge.builder("sse.channels", live, ChannelRoom::channels)
                .description("Channels with subscribers on this node")
                .register(meters);
        ChannelRoom silent = led.silent();
        // A gauge does not keep its object in memory. Other objects do that for both rooms, but not for the pair of
        // them.
        unused = Gauge.builder("sse.channels.led", led.spoken(), spoken -> spoken.channels() + silent.channels())
                .description("Channels that this node leads")
                .register(meters);
        var unusedAge = TimeGauge.builder("sse.node.heard.age", probe, TimeUnit.NANOSECONDS, SelfProbe::ageNanos)
                .description("Time since the last check that showed that messages from other nodes reach this node")
                .register(meters);
    }

    /**
     * Opens a node of the bridge.
     *
     * @param vertx a Vert.x that is clustered if {@code nodes} is
     * @param loops the number of event loops that own the shards; fewer if the Vert.x has fewer
     * @param nodes the members of the cluster
     * @param rules the rules of the channels
     * @param limits the limits of this node
     * @param streams the limits of the values that publishers may set for streams
     * @param presence how changes of presence are told
     * @param history retains the events
     * @param personalizers objects of the application that make the data of personalised channels, by the addresses in
     *     the rules
     * @param clock the clocks of the node
     * @param meters holds the metrics
     * @return completes with the node once it leads its share of the channels
     */
    public static Future<BusNode> open(
            Vertx vertx,
            int loops,
            Nodes nodes,
            ChannelRules rules,
            LimitOptions limits,
            StreamOptions streams,
            PresenceOptions presence,
            History history,
            Map<String, Personalizer> personalizers,
            NodeClock clock,
            MeterRegistry meters) {
        List<Context> contexts = LoopContexts.of(vertx, vertx.getOrCreateContext(), Math.min(loops, Shards.COUNT));
        SharedMaps maps = nodes.maps().orElseGet(() -> SharedMaps.local(clock));
        BusNode node = new BusNode(
                vertx, contexts, nodes, rules, limits, streams, presence, history, personalizers, clock, meters, maps);
        return node.lifecycle.join().map(node);
    }

    /**
     * Takes other limits, and counts the channels by the rules of now. It looks up the rule of each channel, so call it on a
     * worker thread.
     *
     * @param limits {@code channels} and {@code newChannelsPerIp} count; the others stay
     */
    public void limit(LimitOptions limits) {
        newChannels.limit(limits.newChannelsPerIp());
        liveRoom.changed(limits.channels());
        leaderLimits.changed(limits.channels());
    }

    /**
     * Follows the rules after they have been replaced.
     *
     * @return completes when the led channels follow the rules; fails if an address could not be registered
     */
    public Future<Void> rulesChanged() {
        return Future.join(loops.all().stream()
                        .map(loop -> loop.owner().call(() -> {
                            loop.hubs().rulesChanged();
                            return loop.leader().rulesChanged();
                        }))
                        .toList())
                .mapEmpty();
    }

    /**
     * Decides whether a client may open a stream of some channels. Call it before the client gets a positive answer. A
     * new channel costs the whole cluster an address, so one client address must not open many new channels.
     *
     * @param channels channels with a rule
     * @param client the address of the client
     */
    public Future<Admission> admit(List<ChannelName> channels, String client) {
        return admission.admit(channels, client);
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
    public Future<Receipt> publish(ChannelName channel, Event event, @Nullable String key) {
        return publish(List.of(channel), List.of(new Publication(event, key))).compose(published -> published.get(0));
    }

    /**
     * Publishes an event of the application that embeds the bridge.
     *
     * @param channel the name of the channel
     * @param event the event
     * @param key as above
     * @return as above; also fails if there is no such channel, or if the event or the key is too large
     */
    public Future<Receipt> publish(String channel, Event event, @Nullable String key) {
        try {
            ChannelName name = new ChannelName(channel);
            if (rules.find(name).isEmpty()) {
                throw Refusals.noRule(name);
            }
            return publish(name, event, key);
        } catch (RuntimeException refused) {
            return Future.failedFuture(Refusals.from(refused));
        }
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
    public Future<List<Future<Receipt>>> publish(List<ChannelName> names, List<Publication> events) {
        return publisher.publish(names, events);
    }

    /**
     * Returns whether {@link #publish(List, List)} has room for events now, so that a caller that can wait does not count as
     * refused. Any thread.
     *
     * @param bytes the sum of their {@link Publication#bytes()}, for each channel
     */
    public boolean hasRoom(long bytes) {
        return publisher.hasRoom(bytes);
    }

    /**
     * Reads a page of a channel's history.
     *
     * @param channel a channel with a rule
     * @param page the requested page
     * @param filter the events that the reader gets
     * @return the page; fails like {@link #publish}
     */
    public Future<JsonObject> history(ChannelName channel, HistoryPage page, EventFilter filter) {
        return owner.call(() -> pages.read(channel, page, filter))
                .recover(failure -> Future.failedFuture(Refusals.from(failure)));
    }

    /** Returns the subscribers and members of channels in the whole cluster. */
    public Presence presence() {
        return presence;
    }

    /** Returns the rules of now. */
    public ChannelRules rules() {
        return rules;
    }

    /** Returns the reader of all histories. */
    public HistoryReader history() {
        return reader;
    }

    /** Returns the requests about open streams that nodes send to each other. */
    public NodeRequests streamRequests() {
        return streamRequests;
    }

    /** Returns the blocks of disconnected subjects in the cluster. */
    public BlockMap blocks() {
        return blocks;
    }

    /** Returns the live channels of this node. */
    public NodeHubs hubs() {
        return hubs;
    }

    /**
     * Runs a step on the node's context repeatedly, until the node is closed.
     *
     * @param period the time between two runs
     * @param step the step to run
     */
    public void repeat(Duration period, Runnable step) {
        owner.run(() -> tasks.every(period, step));
    }

    /**
     * Runs a step of its own on each event loop that owns shards repeatedly, until the node is closed.
     *
     * @param period the time between two runs
     * @param step makes the step of an event loop
     */
    public void repeatOnEachLoop(Duration period, Supplier<Runnable> step) {
        loops.all().forEach(loop -> {
            Runnable its = step.get();
            loop.owner().run(() -> loop.tasks().every(period, its));
        });
    }

    /** Returns whether messages of other nodes reach this node, according to the last checks. */
    public boolean isHeard() {
        return probe.isFresh();
    }

    /** Returns the time since the last check that showed that messages of other nodes reach this node. */
    public Duration heardAge() {
        return Duration.ofNanos(probe.ageNanos());
    }

    /** Returns whether it has taken up all shards that it should lead. */
    public boolean leadsAll() {
        return incompleteShards() == 0;
    }

    /** Returns the number of shards that it should lead but has not taken up completely. */
    public int incompleteShards() {
        return shards.incomplete();
    }

    /** Returns the number of shards that it leads. */
    public int ledShards() {
        return shards.led();
    }

    /**
     * Returns whether other nodes reach this node and it has taken up all shards that it should lead. Then load
     * balancers may send clients to it.
     */
    public boolean isReady() {
        return isHeard() && leadsAll();
    }

    /** Returns the id of this node in the cluster. */
    public String id() {
        return nodes.self();
    }

    /**
     * Stops leading, and leaves questions of other services to other nodes.
     *
     * @return completes when other nodes may take over all shards that it led
     */
    public Future<Void> withdraw() {
        return lifecycle.withdraw();
    }

    /**
     * Waits until all messages that have come are answered, and stops all periodic work. Call it after {@link #withdraw},
     * when no streams are left.
     *
     * @return completes when the periodic work is stopped
     */
    public Future<Void> close() {
        return lifecycle.close();
    }
}
