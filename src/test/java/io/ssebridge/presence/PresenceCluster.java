package io.ssebridge.presence;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.BridgeOptions;
import io.ssebridge.bus.BusNode;
import io.ssebridge.bus.HistoryPage;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.ssebridge.event.EventFilter;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.LoopAudiences;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SharedMap;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.RecordingStream;
import io.ssebridge.testing.ShardLoops;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Real nodes of the bridge on one event bus in this JVM. They share one context, and see the members that a test tells them. */
final class PresenceCluster {
    static final Duration PATIENCE = Duration.ofSeconds(20);
    static final Duration GRACE = Duration.ofSeconds(3);

    private final Vertx vertx;
    private final Context context;
    private final OnContext owner;
    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final SharedMaps maps = SharedMaps.local(clock);
    private final ChannelRules rules;
    private final MemoryHistory history;
    private final LoopAudiences audiences;
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Set<String> others = new HashSet<>();
    private final List<NodesAsTold> closed = new ArrayList<>();
    private final Queue<JsonObject> lifecycle = new ConcurrentLinkedQueue<>();
    private volatile Predicate<String> refusedValues = value -> false;
    private volatile boolean refusesRemovals;

    private record Node(NodesAsTold view, BusNode node) {}

    /** A stream with a subject, or an anonymous one. */
    record Stream(Subscriber subscriber) {}

    PresenceCluster(Vertx vertx, String yaml, String... ids) {
        this.vertx = vertx;
        context = vertx.getOrCreateContext();
        owner = new OnContext(context);
        rules = new Configuration(
                        "test", "auth: {jwt: {secret: \"%s\"}}\n".formatted("s".repeat(32)) + yaml, Overrides.NONE)
                .read(BridgeOptions::from)
                .channels();
        history = new MemoryHistory(rules);
        audiences = owner.get(() -> new LoopAudiences(
                context,
                rules,
                new HistoryReader(history, rules, clock),
                StreamOptions.DEFAULT,
                clock,
                new StalledStreams(context, new StalledBytes(1 << 20, meters)),
                meters));
        vertx.eventBus().<JsonObject>consumer("sse.lifecycle", message -> lifecycle.add(message.body()));
        for (String id : ids) {
            start(id);
        }
    }

    Vertx vertx() {
        return vertx;
    }

    void start(String id) {
        NodesAsTold view = new NodesAsTold(id) {
            @Override
            public Optional<SharedMaps> maps() {
                return Optional.of(new SharedMaps(
                        maps.leaders(),
                        maps.channels(),
                        maps.keys(),
                        maps.blocks(),
                        refusing(maps.presence()),
                        maps.keyPartition()));
            }
        };
        Set<String> present = with(id);
        nodes.values().forEach(each -> each.view().see(ready(), present));
        view.see(ready(), present);
        BusNode node = owner.call(() -> BusNode.open(
                vertx,
                ShardLoops.COUNT,
                view,
                rules,
                LimitOptions.DEFAULT,
                StreamOptions.DEFAULT,
                new PresenceOptions(GRACE),
                history,
                Map.of(),
                clock,
                meters));
        nodes.put(id, new Node(view, node));
        seeAll();
    }

    private Set<String> ready() {
        return Set.copyOf(nodes.keySet());
    }

    private Set<String> with(String id) {
        Set<String> all = new HashSet<>(nodes.keySet());
        all.addAll(others);
        all.add(id);
        return all;
    }

    private void seeAll() {
        Set<String> present = new HashSet<>(nodes.keySet());
        present.addAll(others);
        nodes.values().forEach(each -> each.view().see(ready(), present));
        closed.forEach(view -> view.see(ready(), present));
        owner.run(() -> {});
    }

    /** The node closes, but its Vert.x stays in the cluster. */
    void closeOnly(String id) {
        Node closing = Objects.requireNonNull(nodes.remove(id));
        closed.add(closing.view());
        owner.call(() -> closing.node().close());
        addLeavingMember(id);
    }

    /** A member of the cluster that is not a node, as far as the nodes can see. */
    void addMember(String id) {
        others.add(id);
        seeAll();
    }

    void removeMember(String id) {
        others.remove(id);
        seeAll();
    }

    /** All nodes believe that this member is a node that will leave soon. */
    void addLeavingMember(String id) {
        others.add(id);
        nodes.values().forEach(each -> each.view().withdraws(id));
        seeAll();
    }

    /** All nodes believe that this member is a ready node. */
    void addReadyMember(String id) {
        others.add(id);
        Set<String> ready = new HashSet<>(nodes.keySet());
        ready.add(id);
        Set<String> present = new HashSet<>(ready);
        // The parts of the nodes are not notified, so the shards stay where they are.
        nodes.values().forEach(each -> each.view().see(ready, present));
    }

    /** The node is dead: its streams have ended, without a word. */
    void kill(String id) {
        Node dead = Objects.requireNonNull(nodes.remove(id));
        dead.view().see(Set.of(), Set.of());
        owner.call(() -> dead.node().close());
        seeAll();
    }

    Set<String> ids() {
        return Set.copyOf(nodes.keySet());
    }

    static ChannelName name(String channel) {
        return new ChannelName(channel);
    }

    <T> CompletableFuture<T> begin(Supplier<Future<T>> step) {
        return owner.begin(step);
    }

    /** The entries of the map. */
    Set<String> toldStates() {
        return owner.call(() -> maps.presence().keys());
    }

    /** The retained events of a channel. */
    List<JsonObject> history(String node, String channel) {
        JsonObject page = owner.call(() -> node(node)
                .history(
                        new ChannelName(channel),
                        new HistoryPage(Optional.empty(), OptionalInt.empty(), OptionalLong.empty(), 100),
                        EventFilter.EVERYTHING));
        return page.getJsonArray("events").stream()
                .map(each -> (JsonObject) each)
                .toList();
    }

    /** The code of the answer to a service that publishes; 200 if it is accepted. */
    int publishOnBus(String channel) {
        return owner.call(() -> vertx.eventBus()
                .request("sse.publish", "data", new DeliveryOptions().addHeader("channel", channel))
                .map(200)
                .recover(failure -> Future.succeededFuture(((ReplyException) failure).failureCode())));
    }

    BusNode node(String id) {
        return Objects.requireNonNull(nodes.get(id)).node();
    }

    /** The node that leads a channel. */
    @CanIgnoreReturnValue
    String leader(String channel) {
        String shard = Integer.toString(Shards.of(new ChannelName(channel)));
        return Eventually.see(
                "a leader of " + channel,
                PATIENCE,
                () -> Objects.requireNonNullElse(owner.call(() -> maps.leaders().get(Integer.parseInt(shard))), "none"),
                nodes::containsKey);
    }

    /** A node that does not lead a channel. */
    String follower(String channel) {
        return otherThan(leader(channel));
    }

    /** Another node. */
    String otherThan(String node) {
        return nodes.keySet().stream()
                .filter(id -> !id.equals(node))
                .findFirst()
                .orElseThrow();
    }

    @CanIgnoreReturnValue
    Stream anonymous(String node, String channel) {
        return open(node, channel, null, Map.of());
    }

    @CanIgnoreReturnValue
    Stream open(String node, String channel, @Nullable String sub, Map<String, Object> properties) {
        List<ChannelName> channels = List.of(new ChannelName(channel));
        BusNode of = node(node);
        return owner.call(() -> {
            Subscriber subscriber = new Subscriber(
                    new RecordingStream(), new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), clock.elapsedMillis());
            if (sub != null) {
                of.presence().attend(subscriber, channels, sub, properties);
            }
            return of.hubs().join(channels, audiences).map(tails -> {
                subscriber.onClose(() -> of.hubs().leave(channels, audiences));
                return new Stream(subscriber);
            });
        });
    }

    void close(Stream stream) {
        owner.run(() -> stream.subscriber().cut());
    }

    JsonObject presence(String node, String channel) {
        return owner.call(() -> node(node).presence().of(new ChannelName(channel)));
    }

    JsonObject channels(String node, ChannelScope scope) {
        return owner.call(() -> node(node).presence().channels(scope));
    }

    <T> T call(Supplier<Future<T>> step) {
        return owner.call(step);
    }

    void pass(Duration time) {
        clock.pass(time);
    }

    /** Changes of the map to such values fail from now on. */
    void refuse(Predicate<String> values) {
        refusedValues = values;
    }

    /** Makes removals from the map fail, or lets them succeed again. */
    void refuseRemovals(boolean refuses) {
        refusesRemovals = refuses;
    }

    @SuppressWarnings("unchecked")
    private SharedMap<String, String> refusing(SharedMap<String, String> map) {
        return (SharedMap<String, String>) Proxy.newProxyInstance(
                SharedMap.class.getClassLoader(), new Class<?>[] {SharedMap.class}, (proxy, method, arguments) -> {
                    boolean writes = method.getName().startsWith("put")
                            || method.getName().startsWith("replace");
                    if (refusesRemovals && method.getName().startsWith("remove")) {
                        return Future.failedFuture("the map does not answer");
                    }
                    if (writes && refusedValues.test((String) arguments[arguments.length - 1])) {
                        return Future.failedFuture("the map does not answer");
                    }
                    try {
                        return method.invoke(map, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** All lifecycle messages so far. */
    List<JsonObject> lifecycle() {
        return List.copyOf(lifecycle);
    }

    /** The lifecycle messages so far, as type and channel or subject. */
    List<String> told() {
        return lifecycle.stream()
                .map(message -> message.getString("type") + " "
                        + Objects.requireNonNullElse(message.getString("sub"), message.getString("channel")))
                .collect(Collectors.toList());
    }

    void awaitTold(String what) {
        Eventually.see(what, PATIENCE, this::told, told -> told.contains(what));
    }

    void awaitTold(String what, int times) {
        Eventually.see(
                times + " times " + what,
                PATIENCE,
                this::told,
                told -> told.stream().filter(what::equals).count() >= times);
    }
}
