package io.ssebridge;

import io.ssebridge.http.HttpOptions;
import io.ssebridge.http.HttpVerticle;
import io.ssebridge.tls.CertificateWatch;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node with an HTTP server of its own, which serves the routes of the bridge and the webroot. Any thread. */
public final class NodeServer {
    private static final Logger LOG = LoggerFactory.getLogger(NodeServer.class);

    private final Vertx vertx;
    private final Bridge bridge;
    private final String deployment;
    private final int port;
    private final Optional<CertificateWatch> certificates;

    private NodeServer(
            Vertx vertx, Bridge bridge, String deployment, int port, Optional<CertificateWatch> certificates) {
        this.vertx = vertx;
        this.bridge = bridge;
        this.deployment = deployment;
        this.port = port;
        this.certificates = certificates;
    }

    /**
     * Opens the HTTP server of a node: an instance for each core.
     *
     * @param vertx runs the node
     * @param bridge the node
     * @param options where to listen, and what to serve
     * @return completes when it serves; fails with an {@link IllegalArgumentException} if its certificates cannot be used
     */
    public static Future<NodeServer> open(Vertx vertx, Bridge bridge, HttpOptions options) {
        return certificates(vertx, options)
                .compose(certificates -> open(vertx, bridge, options, certificates)
                        .onFailure(failed -> certificates.ifPresent(CertificateWatch::close)));
    }

    private static Future<Optional<CertificateWatch>> certificates(Vertx vertx, HttpOptions options) {
        return options.tls().isEmpty()
                ? Future.succeededFuture(Optional.empty())
                : CertificateWatch.open(vertx, options.tls().get(), HttpOptions.TLS, HttpOptions.CLIENT_CA)
                        .map(Optional::of);
    }

    private static Future<NodeServer> open(
            Vertx vertx, Bridge bridge, HttpOptions options, Optional<CertificateWatch> certificates) {
        List<HttpVerticle> servers = new ArrayList<>();
        DeploymentOptions perCore =
                new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors());
        return vertx.deployVerticle(
                        () -> {
                            HttpVerticle server = new HttpVerticle(bridge.server(), bridge.routes(), certificates);
                            servers.add(server);
                            return server;
                        },
                        perCore)
                .map(deployment -> {
                    int port = servers.get(0).port();
                    LOG.info(
                            "listening on {}://{}{}",
                            certificates.isPresent() ? "https" : "http",
                            HttpOptions.authority(options.host(), port),
                            options.path());
                    bridge.server().demo().ifPresent(demo -> demo.serving(port));
                    return new NodeServer(vertx, bridge, deployment, port, certificates);
                });
    }

    /** Returns the node. */
    public Bridge bridge() {
        return bridge;
    }

    /** Returns the TCP port on which it serves. */
    public int port() {
        return port;
    }

    /**
     * Reads other options, and gives them to the node, as {@link Bridge#reload(BridgeOptions)}.
     *
     * @param reader reads them; called on a worker thread
     */
    public Future<List<String>> reload(Callable<BridgeOptions> reader) {
        return bridge.reload(reader);
    }

    /**
     * Allows visitors of a demo to stop this node. Outside demo mode nobody can.
     *
     * @param how ends the process at once
     */
    public void onDemoStop(Runnable how) {
        bridge.server().demo().ifPresent(demo -> demo.onStop(how));
    }

    /** Stops in order, as {@link Bridge#close}, and closes the HTTP server when the streams begin to end. */
    public Future<Void> close() {
        certificates.ifPresent(CertificateWatch::close);
        return bridge.close(() -> vertx.undeploy(deployment));
    }
}
