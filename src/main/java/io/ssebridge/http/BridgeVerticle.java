package io.ssebridge.http;

import io.ssebridge.bus.HistoryPage;
import io.ssebridge.hub.LoopAudiences;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.Subscribers;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server of one event loop, and the subscribers of its connections. One is deployed per core; all share the
 * port.
 */
public final class BridgeVerticle extends VerticleBase {
    // A returning client may send a token and a long id, each in one line. An id has up to 23 characters for each
    // channel
    // of the stream. Some clients can send it in the query only, beside the names of the channels.
    private static final int LINE_BYTES = 16 * 1024;
    private static final int LINE_BYTES_PER_CHANNEL = 64;
    private static final int HEADER_BYTES = 32 * 1024;
    private static final int HEADER_BYTES_PER_CHANNEL = 24;
    // With the system's default, one stalled client could occupy 4 MB.
    private static final int SEND_BUFFER_BYTES = 32 * 1024;
    private static final int ACCEPT_BACKLOG = 4_096;
    private static final int MIN_IDLE_SECONDS = 60;

    private static final String READ = "GET, HEAD";

    private final ServerContext backend;
    private @Nullable HttpServer server;
    private @Nullable Subscribers subscribers;
    private NodeHealth.@Nullable Pulse pulse;

    /**
     * Creates a verticle that is not deployed yet.
     *
     * @param backend the resources of the node
     */
    public BridgeVerticle(ServerContext backend) {
        this.backend = backend;
    }

    @Override
    public Future<?> start() {
        context.exceptionHandler(backend.health()::unhandled);
        NodeHealth.Pulse beating = backend.health().watch();
        pulse = beating;
        vertx.setPeriodic(NodeHealth.BEAT_MILLIS, tick -> beating.beat());
        StalledStreams stalled = new StalledStreams(context, backend.stalledBytes());
        subscribers = new Subscribers(vertx, backend.streams(), backend.clock(), backend.openStreams(), stalled);
        RequestDispatcher door = door(subscribers, stalled);
        HeadDeadlines heads = new HeadDeadlines(backend.http().headTimeout(), backend.clock());
        HeadBudget unfinished = HeadBudget.ofHeap();
        heads.watch(vertx);
        HttpServerOptions options = options();
        server = vertx.createHttpServer(options)
                .connectionHandler(connection -> {
                    RequestDecoder.install(connection, options, unfinished);
                    HeapContentHandler.install(connection);
                    heads.opened(connection);
                })
                .requestHandler(request -> {
                    heads.came(request);
                    door.handle(request);
                })
                .invalidRequestHandler(door::refuse);
        return server.listen(address());
    }

    /** Returns the port that it listens on; only after deployment. */
    public int port() {
        return Objects.requireNonNull(server, "not deployed").actualPort();
    }

    /** Accepts no more clients, and ends the open streams over the configured time. */
    @Override
    public Future<?> stop() {
        return Future.join(
                        Objects.requireNonNull(server, "not deployed")
                                .shutdown(backend.drain().toMillis() + 1_000, TimeUnit.MILLISECONDS),
                        Objects.requireNonNull(subscribers, "not deployed").drain(backend.drain()))
                // Vert.x cancels the timer of the beats when the verticle is undeployed.
                .onComplete(
                        stopped -> Objects.requireNonNull(pulse, "not deployed").end());
    }

    /** Returns the address to listen on. A free port is the same one for all event loops. */
    private SocketAddress address() {
        String host = backend.http().host();
        int port = backend.http().port();
        return port == 0 ? SocketAddress.sharedRandomPort(1, host) : SocketAddress.inetSocketAddress(port, host);
    }

    private HttpServerOptions options() {
        int heartbeats = (int) (4 * backend.streams().heartbeat().toSeconds());
        int channels = backend.limits().channelsPerStream();
        return new HttpServerOptions()
                .setMaxInitialLineLength(LINE_BYTES + channels * LINE_BYTES_PER_CHANNEL)
                .setMaxHeaderSize(HEADER_BYTES + channels * HEADER_BYTES_PER_CHANNEL)
                .setHttp2ClearTextEnabled(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setAcceptBacklog(ACCEPT_BACKLOG)
                .setSendBufferSize(SEND_BUFFER_BYTES)
                .setTcpUserTimeout((int) backend.streams().stalledTimeout().toMillis())
                // Streams are never idle for that long: they have heartbeats.
                .setIdleTimeout(Math.max(MIN_IDLE_SECONDS, heartbeats));
    }

    /** Returns the event loop's share of a sixteenth of the heap, but at least the size of two pages. */
    private static long pageBytes() {
        Runtime machine = Runtime.getRuntime();
        return Math.max(2L * HistoryPage.MAX_BYTES, machine.maxMemory() / 16 / machine.availableProcessors());
    }

    private QueryParameters names(String... known) {
        // If it is not configured, a token in the query is ignored, and is not an unknown parameter.
        List<String> ignored = new ArrayList<>(backend.http().ignoredParameters());
        ignored.add(RequestAuthenticator.ACCESS_TOKEN);
        return new QueryParameters(List.of(known), ignored);
    }

    private RequestDispatcher door(Subscribers ours, StalledStreams stalled) {
        RequestAuthenticator authenticator = new RequestAuthenticator(
                backend.verifier(), backend.auth(), backend.http().origins());
        StreamRoute streams = new StreamRoute(
                context,
                authenticator,
                backend.rules(),
                backend.node(),
                new LoopAudiences(
                        context,
                        backend.rules(),
                        backend.node().history(),
                        backend.streams(),
                        backend.clock(),
                        stalled,
                        backend.meters()),
                ours,
                backend.streams(),
                backend.limits(),
                backend.clock());
        HistoryRoute histories = new HistoryRoute(
                authenticator,
                backend.rules(),
                backend.node(),
                new PageResponses(pageBytes(), backend.clock(), backend.meters()));
        PublishRoute publishing =
                new PublishRoute(vertx, authenticator, backend.rules(), backend.node(), backend.limits());
        SessionRoute sessions = new SessionRoute(authenticator, backend.auth(), backend.clock());
        HealthRoute health = new HealthRoute(backend.health());
        Predicate<RequestTarget> arePublic = target -> ChannelAccess.arePublic(backend.rules(), target);
        QueryParameters streamNames = names("channel", QueryParameters.LAST_EVENT_ID, "last", "since");
        QueryParameters historyNames = names("channel", "after", "last", "since", "limit");
        List<Endpoint> endpoints = new ArrayList<>(List.of(
                Endpoint.at("stream", READ, streams::handle).taking(streamNames).publicFor(arePublic),
                Endpoint.at("stream/*", READ, streams::handle)
                        .taking(streamNames)
                        .publicFor(arePublic),
                Endpoint.at("publish", "POST", publishing::handle).taking(names("channel")),
                Endpoint.at("publish/*", "POST", publishing::handle).taking(names("channel")),
                Endpoint.at("history/*", READ, histories::handle)
                        .taking(historyNames)
                        .publicFor(arePublic),
                Endpoint.at("session", "POST, DELETE", sessions::handle),
                Endpoint.at("health/live", READ, health::live),
                Endpoint.at("health/ready", READ, health::ready)));
        backend.demoMint()
                .map(mint -> new DemoRoute(vertx, authenticator, sessions, backend.verifier(), mint))
                .ifPresent(demo -> endpoints.add(Endpoint.at("demo/session", "POST", demo::handle)));
        WebrootRoute webroot =
                new WebrootRoute(vertx, backend.http().path(), backend.http().webroot());
        return new RequestDispatcher(
                backend.http().path(),
                backend.demoMint().isPresent(),
                new Cors(backend.http().origins()),
                endpoints,
                webroot::handle,
                new FailureHandler(backend.meters()),
                backend.clock());
    }
}
