package io.ssebridge.http;

import io.ssebridge.http1.HeadBudget;
import io.ssebridge.http1.Http1Connections;
import io.ssebridge.http2.Http2Connections;
import io.ssebridge.tls.CertificateWatch;
import io.ssebridge.tls.Certificates;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server of the runnable jar on one event loop: the routes of the bridge and the webroot. One is deployed per core; all
 * share the port.
 */
public final class HttpVerticle extends VerticleBase {
    // A returning client may send a token and a long id, each in one line. An id has up to 23 characters for each
    // channel
    // of the stream. Some clients can send it in the query only, beside the names of the channels.
    private static final int LINE_BYTES = 16 * 1024;
    private static final int LINE_BYTES_PER_CHANNEL = 64;
    private static final int HEADER_BYTES = 32 * 1024;
    private static final int HEADER_BYTES_PER_CHANNEL = 24;
    // With the system's default, one stalled client could occupy 4 MB. The kernel doubles it; a write of events must
    // not
    // fill all of it (WriteSize).
    private static final int SEND_BUFFER_BYTES = 32 * 1024;
    private static final int ACCEPT_BACKLOG = 4_096;
    private static final int MIN_IDLE_SECONDS = 60;

    private final ServerContext shared;
    private final BridgeRoutes routes;
    private final MountPoint mount;
    private final Optional<CertificateWatch> certificates;
    private @Nullable HttpServer server;
    private CertificateWatch.@Nullable Server update;

    /**
     * Creates a verticle that is not deployed yet.
     *
     * @param shared the resources of the node
     * @param routes the routes of the node
     * @param certificates those of the configured files; empty: the server speaks plain HTTP
     */
    public HttpVerticle(ServerContext shared, BridgeRoutes routes, Optional<CertificateWatch> certificates) {
        this.shared = shared;
        this.certificates = certificates;
        this.routes = routes;
        this.mount = MountPoint.at(shared.http().path());
    }

    @Override
    public Future<?> start() {
        context.exceptionHandler(shared.health()::unhandled);
        // Now, and not with the first request: a stuck event loop must be noticed, and requests come until the end.
        LoopServer loop = routes.here().orElseThrow();
        HttpServerOptions options = options();
        Optional<Certificates> used = certificates.map(CertificateWatch::current);
        used.ifPresent(some -> applyTls(options, some));
        Duration headTimeout = shared.http().headTimeout();
        HeadBudget heads = HeadBudget.ofHeap();
        Http1Connections http1 = new Http1Connections(vertx, options, heads, headTimeout, shared.clock());
        Http2Connections http2 = new Http2Connections(vertx, heads, headTimeout, shared.clock());
        WebrootRoute webroot = new WebrootRoute(
                vertx,
                shared.http().path(),
                shared.http().webroot(),
                shared.demo().isPresent());
        Router router = router(loop, webroot);
        HttpServer created = vertx.createHttpServer(options)
                .connectionHandler(connection -> {
                    if (Http2Connections.isHttp2(connection)) {
                        http2.opened(connection);
                    } else {
                        http1.opened(connection);
                    }
                })
                .requestHandler(request -> {
                    if (request.version() == HttpVersion.HTTP_2) {
                        http2.came(request);
                    } else {
                        http1.came(request);
                    }
                    if (suitsRouter(request)) {
                        router.handle(request);
                    } else {
                        RequestDispatcher dispatcher = loop.dispatcher();
                        dispatcher.handle(request, mount, () -> dispatcher.serve(request, mount, webroot::handle));
                    }
                })
                .invalidRequestHandler(request -> loop.dispatcher().refuse(request));
        server = created;
        return created.listen(address()).onSuccess(listens -> used.ifPresent(some -> keepCurrent(created, some)));
    }

    private void applyTls(HttpServerOptions options, Certificates current) {
        current.applyTo(options);
        boolean http2 = shared.http().http2();
        // With worker threads, the signature of a handshake does not keep an event loop from its streams.
        options.setUseAlpn(true)
                .setAlpnVersions(
                        http2 ? List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1) : List.of(HttpVersion.HTTP_1_1))
                .setSslEngineOptions(new JdkSSLEngineOptions().setUseWorkerThread(true))
                .setClientAuth(current.authority().isPresent() ? ClientAuth.REQUEST : ClientAuth.NONE);
        Http2Connections.bound(options, options.getMaxInitialLineLength() + options.getMaxHeaderSize());
    }

    private void keepCurrent(HttpServer listening, Certificates used) {
        List<String> protocols = shared.http().http2() ? List.of("h2", "http/1.1") : List.of("http/1.1");
        CertificateWatch watch = certificates.orElseThrow();
        CertificateWatch.Server newest = next -> listening.updateSSLOptions(next.serverOptions(protocols));
        update = newest;
        watch.add(newest, used);
    }

    /** Tells whether the router of vertx-web takes a request. It refuses others by itself, in a form of its own. */
    private static boolean suitsRouter(HttpServerRequest request) {
        return request.path() != null && request.path().startsWith("/") && request.authority() != null;
    }

    private Router router(LoopServer loop, WebrootRoute webroot) {
        Router router = Router.router(vertx);
        router.route().handler(request -> routes.handle(request, mount));
        router.route()
                .handler(request -> loop.dispatcher().serve(request.request(), mount, webroot::handle))
                .failureHandler(GoneClients::forget);
        return router;
    }

    /** Returns the port that it listens on; only after deployment. */
    public int port() {
        return Objects.requireNonNull(server, "not deployed").actualPort();
    }

    /** Accepts no more clients. The open streams end with {@link BridgeRoutes#drain}, which is called at the same time. */
    @Override
    public Future<?> stop() {
        CertificateWatch.Server last = update;
        if (last != null) {
            certificates.ifPresent(watch -> watch.remove(last));
        }
        return Objects.requireNonNull(server, "not deployed")
                .shutdown(shared.drain().toMillis() + 1_000, TimeUnit.MILLISECONDS);
    }

    /** Returns the address to listen on. A free port is the same one for all event loops. */
    private SocketAddress address() {
        String host = shared.http().host();
        int port = shared.http().port();
        return port == 0 ? SocketAddress.sharedRandomPort(1, host) : SocketAddress.inetSocketAddress(port, host);
    }

    private HttpServerOptions options() {
        int heartbeats = (int) (4 * shared.streams().heartbeat().toSeconds());
        int channels = shared.limits().channelsPerStream();
        return new HttpServerOptions()
                .setMaxInitialLineLength(LINE_BYTES + channels * LINE_BYTES_PER_CHANNEL)
                .setMaxHeaderSize(HEADER_BYTES + channels * HEADER_BYTES_PER_CHANNEL)
                .setHttp2ClearTextEnabled(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setAcceptBacklog(ACCEPT_BACKLOG)
                .setSendBufferSize(SEND_BUFFER_BYTES)
                .setTcpUserTimeout((int) shared.streams().stalledTimeout().toMillis())
                // Streams are never idle for that long: they have heartbeats.
                .setIdleTimeout(Math.max(MIN_IDLE_SECONDS, heartbeats));
    }
}
