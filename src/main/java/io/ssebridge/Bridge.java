package io.ssebridge;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Metrics;
import io.ssebridge.access.TokenMint;
import io.ssebridge.access.TokenVerifier;
import io.ssebridge.bus.BusNode;
import io.ssebridge.cluster.Cluster;
import io.ssebridge.control.StreamControl;
import io.ssebridge.demo.Demo;
import io.ssebridge.event.Event;
import io.ssebridge.event.Receipt;
import io.ssebridge.hook.ServiceClient;
import io.ssebridge.http.BridgeRoutes;
import io.ssebridge.http.NodeHealth;
import io.ssebridge.http.NodeHealth.Check;
import io.ssebridge.http.ServerContext;
import io.ssebridge.membership.Nodes;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.time.LoopDelay;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A node of the bridge, and the entry point for applications that embed it. Any thread.
 *
 * <p>A node lives from {@link #open} to {@link #close}. The Vert.x belongs to the application. If it is clustered, the node is
 * one of the nodes of its cluster. Otherwise it keeps its histories in memory.
 */
public final class Bridge {
    // On two cores, two event loops cost a tenth more for each event than one, and publish no more.
    private static final int FEW_CORES = 3;
    private static final int MAX_SHARD_LOOPS = 8;

    private final Vertx vertx;
    private final BusNode node;
    private final ServerContext server;
    private final BridgeRoutes routes;
    private final AtomicReference<TokenVerifier> verifier;
    private final OptionsReload reload;
    private final AtomicBoolean ready;
    private final Duration grace;

    private Bridge(
            Cluster cluster,
            BusNode node,
            ServerContext server,
            BridgeOptions options,
            AtomicReference<TokenVerifier> verifier,
            AtomicBoolean ready) {
        this.vertx = cluster.vertx();
        this.node = node;
        this.server = server;
        this.routes = new BridgeRoutes(vertx, server);
        this.verifier = verifier;
        this.reload = new OptionsReload(cluster, routes, options, server, verifier);
        this.ready = ready;
        this.grace = options.shutdown().grace();
    }

    /**
     * Opens a node with its metrics in the global registry of Micrometer.
     *
     * @param vertx runs the node. If it is clustered, {@link io.ssebridge.cluster.BridgeCluster#configure} must have prepared
     *     its Hazelcast
     * @param options the options of the node; {@code http} and {@code management} are for the runnable jar only, except
     *     {@code http.cors}, {@code http.ignoredParameters} and {@code http.trustedProxies}
     * @return completes with the node once it leads its share of the channels. Fails with an {@link
     *     IllegalArgumentException} if the options or the cluster do not fit
     */
    public static Future<Bridge> open(Vertx vertx, BridgeOptions options) {
        return open(vertx, options, Metrics.globalRegistry);
    }

    /**
     * Opens a node.
     *
     * @param vertx as above
     * @param options as above
     * @param meters holds the metrics of the node
     * @return as above
     */
    public static Future<Bridge> open(Vertx vertx, BridgeOptions options, MeterRegistry meters) {
        // The node replaces its rules when the options change, but not those of the caller.
        return openOwn(vertx, options.withChannels(options.channels().snapshot()), meters);
    }

    private static Future<Bridge> openOwn(Vertx vertx, BridgeOptions options, MeterRegistry meters) {
        Future<Cluster> cluster = vertx.isClustered()
                ? Cluster.of(vertx, options.channels())
                : Future.succeededFuture(Cluster.ofOne(vertx, options.channels()));
        return cluster.compose(joined -> open(joined, options, meters));
    }

    private static Future<Bridge> open(Cluster cluster, BridgeOptions options, MeterRegistry meters) {
        NodeClock clock = NodeClock.system();
        return complete(cluster.vertx(), options)
                .compose(all -> verifier(cluster.vertx(), all, clock)
                        .compose(verifier -> open(cluster, all, verifier, clock, meters)));
    }

    private static Future<Bridge> open(
            Cluster cluster, BridgeOptions options, TokenVerifier verifier, NodeClock clock, MeterRegistry meters) {
        return BusNode.open(
                        cluster.vertx(),
                        shardLoops(Runtime.getRuntime().availableProcessors()),
                        cluster.nodes(),
                        options.channels(),
                        options.limits(),
                        options.stream(),
                        options.presence(),
                        cluster.history(),
                        options.personalizers(),
                        clock,
                        meters)
                .compose(node -> StreamControl.open(
                                node, options.channels(), options.limits(), options.disconnect(), clock, meters)
                        .compose(control -> demo(cluster, options, clock)
                                .map(demo -> opened(cluster, node, control, options, verifier, demo, clock, meters))))
                .onFailure(failed -> verifier.close());
    }

    /** Returns how many event loops share the shards of a node. */
    static int shardLoops(int cores) {
        return cores <= FEW_CORES ? 1 : Math.min(cores, MAX_SHARD_LOOPS);
    }

    /** Creates the verifier before anything else is opened: a key may be unusable. */
    private static Future<TokenVerifier> verifier(Vertx vertx, BridgeOptions options, NodeClock clock) {
        try {
            TokenVerifier verifier = TokenVerifier.create(vertx, options.auth(), clock);
            return verifier.start().map(verifier).onFailure(failed -> verifier.close());
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(e);
        }
    }

    private static Future<BridgeOptions> complete(Vertx vertx, BridgeOptions options) {
        try {
            options.checkKey().checkServices();
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(e);
        }
        return options.demo() ? DemoKey.shared(vertx).map(options::withSecret) : Future.succeededFuture(options);
    }

    private static Bridge opened(
            Cluster cluster,
            BusNode node,
            StreamControl control,
            BridgeOptions options,
            TokenVerifier verifier,
            Optional<Demo> demo,
            NodeClock clock,
            MeterRegistry meters) {
        Vertx vertx = cluster.vertx();
        AtomicBoolean ready = new AtomicBoolean(true);
        AtomicReference<TokenVerifier> current = new AtomicReference<>(verifier);
        NodeHealth health = new NodeHealth(
                clock,
                new Check(
                        "cluster",
                        () -> cluster.nodes().present().contains(node.id()),
                        () -> new JsonObject()
                                .put("members", cluster.nodes().present().size())),
                new Check(
                        "event-bus",
                        node::isHeard,
                        () -> new JsonObject()
                                .put("heardSecondsAgo", node.heardAge().toSeconds())),
                new Check(
                        "shards",
                        node::leadsAll,
                        () -> new JsonObject().put("led", node.ledShards()).put("incomplete", node.incompleteShards())),
                new Check(
                        "keys",
                        () -> current.get().isReady(),
                        () -> new JsonObject().put("failing", current.get().isKeySetFailing())),
                new Check("serving", ready::get, () -> new JsonObject().put("stopping", !ready.get())));
        watch(cluster.nodes(), node, ready, health, meters);
        AtomicInteger openStreams = new AtomicInteger();
        var unused = Gauge.builder("sse.subscribers", openStreams, AtomicInteger::get)
                .description("Open event streams of this node")
                .register(meters);
        unused = Gauge.builder("sse.tokens.cached", current, each -> each.get().cached())
                .description("Tokens that were accepted before and need no verification")
                .register(meters);
        unused = Gauge.builder("sse.tokens.waiting", current, each -> each.get().waiting())
                .description("Tokens that wait for a verification that takes long")
                .register(meters);
        unused = Gauge.builder("sse.keys.failing", current, each -> each.get().isKeySetFailing() ? 1 : 0)
                .description("Whether the last reading of the key set failed")
                .register(meters);
        ServerContext server = new ServerContext(
                options.http(),
                options.auth(),
                options.stream(),
                options.limits(),
                options.channels().snapshot(),
                options.shutdown().drain(),
                verifier,
                options.callers(),
                demo,
                new ServiceClient(vertx),
                options.services(),
                node,
                control,
                health,
                openStreams,
                new StalledBytes(options.limits().stalledBytes(), meters),
                clock,
                meters);
        return new Bridge(cluster, node, server, options, current, ready);
    }

    private static Runnable delay(MeterRegistry meters) {
        LoopDelay delay = new LoopDelay(meters, System.nanoTime());
        return () -> delay.tick(System.nanoTime());
    }

    private static void watch(Nodes nodes, BusNode node, AtomicBoolean ready, NodeHealth health, MeterRegistry meters) {
        node.repeatOnEachLoop(Duration.ofMillis(NodeHealth.BEAT_MILLIS), () -> health.watch()::beat);
        node.repeatOnEachLoop(LoopDelay.PERIOD, () -> delay(meters));
        nodes.onEnd(() -> {
            // A node that is being closed has withdrawn before, so this end is expected.
            if (ready.get()) {
                health.fail(new IllegalStateException("Hazelcast has ended, and the node is no longer in the cluster"));
            }
        });
    }

    private static Future<Optional<Demo>> demo(Cluster cluster, BridgeOptions options, NodeClock clock) {
        if (!options.demo()) {
            return Future.succeededFuture(Optional.empty());
        }
        TokenMint mint = new TokenMint(cluster.vertx(), options.auth());
        return Demo.open(
                        cluster.vertx(),
                        cluster.nodes(),
                        options.channels(),
                        mint::sign,
                        options.auth().subject(),
                        options.http().host(),
                        options.http().path(),
                        clock)
                .map(Optional::of);
    }

    /**
     * Creates a router with the routes of the bridge: streams, publishing, history, sessions and health. It can be mounted on
     * any path of any number of HTTP servers of this Vert.x, by verticles on event loops.
     */
    public Router router() {
        return routes.router();
    }

    /**
     * Publishes an event.
     *
     * @param channel the channel
     * @param event the event
     * @return the receipt. The future fails with a {@link io.vertx.core.eventbus.ReplyException} if the bridge refuses the
     *     event or does not retain it in time; the code is an HTTP status
     */
    public Future<Receipt> publish(String channel, Event event) {
        return publish(channel, event, null);
    }

    /**
     * Publishes an event under an idempotency key.
     *
     * @param channel as above
     * @param event as above
     * @param key events with the same key within five minutes are one event; null: no key
     * @return as above
     */
    public Future<Receipt> publish(String channel, Event event, @Nullable String key) {
        return node.publish(channel, event, key);
    }

    /**
     * Gives the running node other options. They are checked as a whole before anything changes. A request sees either the
     * options before or the new ones. The log says what has changed, or why the options are refused.
     *
     * <p>Streams on channels that the new rules no longer give them end with {@code access-lost}.
     *
     * @param options all options of the node. Some keys cannot change: the column "Reload" of the reference says which
     * @return the keys and rules that have changed, without their values; empty: nothing has changed. Fails if the node keeps
     *     the options that it has
     */
    public Future<List<String>> reload(BridgeOptions options) {
        return reload(() -> options);
    }

    /**
     * Reads other options, and gives them to the running node as above.
     *
     * @param reader called on a worker thread; it may throw a {@link io.ssebridge.config.ConfigException}
     */
    Future<List<String>> reload(Callable<BridgeOptions> reader) {
        return reload.run(reader);
    }

    /**
     * Returns a future that completes when the node has failed: the heap is exhausted, or Hazelcast has ended although
     * the node was not closed. From then on {@code /health/live} is {@code 503}. Only a new process, or at least a new
     * Vert.x, helps.
     *
     * @return completes with the cause on any thread; never completes while the node works
     */
    public Future<Throwable> failed() {
        return server.health().failed();
    }

    /**
     * Stops in order. First the node reports that it is not ready and goes on serving for {@code shutdown.grace}, so that
     * load balancers notice. Then it hands over the shards that it leads, and ends its streams over {@code shutdown.drain}.
     * The Vert.x and its HTTP servers stay open.
     */
    public Future<Void> close() {
        return close(Future::succeededFuture);
    }

    /**
     * Stops in order, as {@link #close()}.
     *
     * @param stopServing called when the streams begin to end; stops the HTTP servers
     */
    Future<Void> close(Supplier<Future<Void>> stopServing) {
        ready.set(false);
        return server.demo()
                .map(Demo::close)
                .orElse(Future.succeededFuture())
                .eventually(this::graceOver)
                .eventually(node::withdraw)
                .eventually(() -> Future.join(stopServing.get(), routes.drain()))
                .eventually(node::close)
                .onComplete(closed -> {
                    verifier.get().close();
                    server.services().close();
                });
    }

    /** Returns the health of the node, condition by condition. */
    public NodeHealth health() {
        return server.health();
    }

    ServerContext server() {
        return server;
    }

    BridgeRoutes routes() {
        return routes;
    }

    // No timer's own future: the next step would run on an event loop, which ends before the Vert.x is closed.
    private Future<Void> graceOver() {
        if (grace.isZero()) {
            return Future.succeededFuture();
        }
        Promise<Void> over = Promise.promise();
        vertx.setTimer(grace.toMillis(), passed -> over.complete());
        return over.future();
    }
}
