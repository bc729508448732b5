package io.ssebridge;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.access.TokenVerifier;
import io.ssebridge.bus.BusNode;
import io.ssebridge.history.History;
import io.ssebridge.http.BridgeVerticle;
import io.ssebridge.http.HttpOptions;
import io.ssebridge.http.NodeHealth;
import io.ssebridge.http.ServerContext;
import io.ssebridge.membership.Nodes;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.time.NodeClock;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node of the bridge, and the entry point for programs that embed it. Any thread.
 *
 * <p>A node lives from {@link #open} to {@link #close}. The Vert.x belongs to the caller and must be clustered with the
 * given nodes.
 */
public final class Bridge {
    private static final Logger LOG = LoggerFactory.getLogger(Bridge.class);
    private static final Duration DEMO_SESSION = Duration.ofHours(12);

    private final Vertx vertx;
    private final BusNode node;
    private final AtomicBoolean ready;
    private final NodeHealth health;
    private final String deployment;
    private final int port;
    private final Duration grace;

    private Bridge(
            Vertx vertx,
            BusNode node,
            AtomicBoolean ready,
            NodeHealth health,
            String deployment,
            int port,
            Duration grace) {
        this.vertx = vertx;
        this.node = node;
        this.ready = ready;
        this.health = health;
        this.deployment = deployment;
        this.port = port;
        this.grace = grace;
    }

    /**
     * Opens a node.
     *
     * @param vertx runs the node
     * @param nodes the cluster that {@code vertx} is in
     * @param history retains the events
     * @param options the options of the node
     * @param meters holds the metrics of the node
     * @return completes with the node once it leads its share of the channels and serves requests
     */
    public static Future<Bridge> open(
            Vertx vertx, Nodes nodes, History history, BridgeOptions options, MeterRegistry meters) {
        NodeClock clock = NodeClock.system();
        Future<BridgeOptions> complete =
                options.demo() ? DemoKey.shared(vertx).map(options::withSecret) : Future.succeededFuture(options);
        return complete.compose(
                all -> BusNode.open(vertx, nodes, all.channels(), all.limits(), all.stream(), history, clock, meters)
                        .compose(node -> serve(vertx, nodes, node, all, clock, meters)));
    }

    private static Future<Bridge> serve(
            Vertx vertx, Nodes nodes, BusNode node, BridgeOptions options, NodeClock clock, MeterRegistry meters) {
        AtomicBoolean ready = new AtomicBoolean(true);
        NodeHealth health = new NodeHealth(clock, () -> ready.get() && node.isReady());
        watch(nodes, node, ready, health);
        AtomicInteger openStreams = new AtomicInteger();
        var unused = Gauge.builder("sse.subscribers", openStreams, AtomicInteger::get)
                .description("Open event streams of this node")
                .register(meters);
        TokenVerifier verifier = TokenVerifier.create(vertx, options.auth(), clock);
        unused = Gauge.builder("sse.tokens.cached", verifier, TokenVerifier::cached)
                .description("Tokens that were accepted before and need no verification")
                .register(meters);
        unused = Gauge.builder("sse.tokens.waiting", verifier, TokenVerifier::waiting)
                .description("Tokens that wait for a verification that takes long")
                .register(meters);
        ServerContext backend = new ServerContext(
                options.http(),
                options.auth(),
                options.stream(),
                options.limits(),
                options.channels(),
                options.shutdown().drain(),
                verifier,
                demoMint(vertx, options),
                node,
                health,
                openStreams,
                new StalledBytes(options.limits().stalledBytes(), meters),
                clock,
                meters);
        List<BridgeVerticle> servers = new ArrayList<>();
        DeploymentOptions perCore =
                new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
        return vertx.deployVerticle(
                        () -> {
                            BridgeVerticle server = new BridgeVerticle(backend);
                            servers.add(server);
                            return server;
                        },
                        perCore)
                .map(deployment -> {
                    int port = servers.get(0).port();
                    LOG.info(
                            "listening on http://{}{}",
                            HttpOptions.authority(options.http().host(), port),
                            options.http().path());
                    return new Bridge(
                            vertx,
                            node,
                            ready,
                            health,
                            deployment,
                            port,
                            options.shutdown().grace());
                });
    }

    private static void watch(Nodes nodes, BusNode node, AtomicBoolean ready, NodeHealth health) {
        NodeHealth.Pulse pulse = health.watch();
        node.repeat(Duration.ofMillis(NodeHealth.BEAT_MILLIS), pulse::beat);
        nodes.onEnd(() -> {
            // A node that is being closed has withdrawn before, so this end is expected.
            if (ready.get()) {
                health.fail(new IllegalStateException("Hazelcast has ended, and the node is no longer in the cluster"));
            }
        });
    }

    private static Optional<Function<String, String>> demoMint(Vertx vertx, BridgeOptions options) {
        if (!options.demo()) {
            return Optional.empty();
        }
        TokenMint mint = new TokenMint(vertx, options.auth());
        return Optional.of(
                subject -> mint.sign(new JsonObject().put(options.auth().subject(), subject), DEMO_SESSION));
    }

    /** Returns the TCP port on which the node serves. */
    public int port() {
        return port;
    }

    /**
     * Returns a future that completes when the node has failed: the heap is exhausted, or Hazelcast has ended although
     * the node was not closed. From then on {@code /health/live} is {@code 503}. Only a new process, or at least a new
     * Vert.x, helps.
     *
     * @return completes with the cause on any thread; never completes while the node works
     */
    public Future<Throwable> failed() {
        return health.failed();
    }

    /**
     * Stops in order. First the node reports that it is not ready and goes on serving for {@code shutdown.grace}, so that
     * load balancers notice. Then it hands over the shards that it leads, ends its streams over {@code shutdown.drain}, and
     * stops serving. The Vert.x stays open.
     */
    public Future<Void> close() {
        ready.set(false);
        return graceOver()
                .eventually(node::withdraw)
                .eventually(() -> vertx.undeploy(deployment))
                .eventually(node::close);
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
