package io.ssebridge.http;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.BridgeOptions;
import io.ssebridge.access.TokenMint;
import io.ssebridge.access.TokenVerifier;
import io.ssebridge.bus.BusNode;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.ssebridge.control.StreamControl;
import io.ssebridge.demo.Demo;
import io.ssebridge.event.Event;
import io.ssebridge.event.Selector;
import io.ssebridge.hook.ServiceClient;
import io.ssebridge.membership.SoleNode;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.FaultyHistory;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.ShardLoops;
import io.ssebridge.tls.CertificateWatch;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A whole node without a cluster, in this JVM: served on a real port, and open to be looked into. It has a Vert.x of its
 * own, as a process has, so that a test can run several of them.
 */
public final class ServedNode implements AutoCloseable {
    /** How long it waits for the head of a request. */
    public static final Duration HEAD_TIMEOUT = Duration.ofSeconds(2);

    // One event loop: when it has handled one connection, it has checked all others too.
    private static final int SERVERS = 1;
    private static final int PATIENCE_SECONDS = 20;

    private final Vertx vertx = Vertx.vertx();
    private final OnContext owner = new OnContext(vertx.getOrCreateContext());
    private final FakeClock clock = new FakeClock();
    private final SoleNode nodes = new SoleNode();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicInteger openStreams = new AtomicInteger();
    private final BridgeOptions options;
    private final FaultyHistory history;
    private final BusNode node;
    private final BridgeRoutes routes;
    private final String deployment;
    private final int port;

    private ServedNode(String yaml) {
        this(yaml, false);
    }

    private ServedNode(String yaml, boolean isDemo) {
        options = new Configuration("bridge.yaml", yaml, new Overrides(Map.of(), Map.of())).read(BridgeOptions::from);
        history = new FaultyHistory(options.channels());
        node = owner.call(() -> BusNode.open(
                vertx,
                ShardLoops.COUNT,
                nodes,
                options.channels(),
                options.limits(),
                options.stream(),
                options.presence(),
                history,
                options.personalizers(),
                clock,
                meters));
        TokenVerifier verifier = TokenVerifier.create(vertx, options.auth(), clock);
        var unused = verifier.start();
        ServerContext backend = new ServerContext(
                options.http(),
                options.auth(),
                options.stream(),
                options.limits(),
                options.channels(),
                options.shutdown().drain(),
                verifier,
                options.callers(),
                isDemo ? Optional.of(demo()) : Optional.empty(),
                new ServiceClient(vertx),
                options.services(),
                node,
                owner.call(() -> StreamControl.open(
                        node, options.channels(), options.limits(), options.disconnect(), clock, meters)),
                new NodeHealth(clock),
                openStreams,
                new StalledBytes(options.limits().stalledBytes(), meters),
                clock,
                meters);
        routes = new BridgeRoutes(vertx, backend);
        Optional<CertificateWatch> certificates = options.http()
                .tls()
                .map(files -> CertificateWatch.open(vertx, files, HttpOptions.TLS, HttpOptions.CLIENT_CA)
                        .await());
        List<HttpVerticle> servers = new ArrayList<>();
        deployment = vertx.deployVerticle(
                        () -> {
                            HttpVerticle server = new HttpVerticle(backend, routes, certificates);
                            servers.add(server);
                            return server;
                        },
                        new DeploymentOptions().setInstances(SERVERS))
                .await();
        port = servers.get(0).port();
        backend.demo().ifPresent(demo -> demo.serving(port));
    }

    private Demo demo() {
        return owner.call(() -> Demo.open(
                vertx,
                nodes,
                options.channels(),
                new TokenMint(vertx, options.auth())::sign,
                options.auth().subject(),
                options.http().host(),
                options.http().path(),
                clock));
    }

    /** Opens a node with the rules of demo mode. */
    public static ServedNode demo(String yaml) {
        return new ServedNode(yaml, true);
    }

    /**
     * Opens a node.
     *
     * @param yaml its configuration, without where to listen and how to check tokens
     */
    public static ServedNode of(String yaml) {
        return of(yaml, "path: /");
    }

    /**
     * Opens a node.
     *
     * @param yaml its configuration, without where to listen and how to check tokens
     * @param http more of the section {@code http}, as the inside of a mapping
     */
    public static ServedNode of(String yaml, String http) {
        return of(yaml, http, "subject: sub");
    }

    /**
     * Opens a node.
     *
     * @param yaml its configuration, without where to listen and how to check tokens
     * @param http more of the section {@code http}, as the inside of a mapping
     * @param auth more of the section {@code auth}
     */
    public static ServedNode of(String yaml, String http, String auth) {
        return new ServedNode("""
                http: {host: 127.0.0.1, port: 0, headTimeout: 2s, %s}
                auth: {jwt: {secret: "%s"}, %s}
                """.formatted(http, NodeSetup.SECRET, auth) + yaml);
    }

    /**
     * Opens a node with other keys.
     *
     * @param jwt the inside of the section {@code auth.jwt}
     * @param yaml the rest of its configuration, without where to listen
     */
    public static ServedNode ofKeys(String jwt, String yaml) {
        return new ServedNode("""
                http: {host: 127.0.0.1, port: 0, headTimeout: 2s}
                auth: {jwt: {%s}}
                """.formatted(jwt) + yaml);
    }

    public int port() {
        return port;
    }

    public FakeClock clock() {
        return clock;
    }

    public FaultyHistory history() {
        return history;
    }

    public SimpleMeterRegistry meters() {
        return meters;
    }

    public Vertx vertx() {
        return vertx;
    }

    /** How many streams are counted against the limit. */
    public int openStreams() {
        return openStreams.get();
    }

    /** Whether events of this size in all would be taken now. */
    public boolean hasRoom(long bytes) {
        return node.hasRoom(bytes);
    }

    /** The attached channels. */
    public List<ChannelName> liveChannels() {
        return owner.call(() -> node.hubs().channels());
    }

    /** Publishes an event and waits until it is kept. */
    public void publish(String channel, String data) {
        var unused = owner.call(() -> node.publish(new ChannelName(channel), new Event(null, data, null), null));
    }

    /** Publishes an event for some readers and waits until it is kept. */
    void publish(String channel, JsonObject to, String data) {
        Event event = new Event(null, data, null).withSelector(Selector.to(to.getMap()));
        var unused = owner.call(() -> node.publish(new ChannelName(channel), event, null));
    }

    /** Publishes the last event of a channel and waits until it is kept. */
    void publishLast(String channel, String data) {
        var unused =
                owner.call(() -> node.publish(new ChannelName(channel), new Event(null, data, null).ending(), null));
    }

    /** Stops serving, as a node does that is asked to end. */
    public void stop(Duration patience) throws Exception {
        Future.join(vertx.undeploy(deployment), routes.drain()).await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        try {
            vertx.close().await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
