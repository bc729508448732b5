package io.ssebridge.management;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ssebridge.http.HttpOptions;
import io.ssebridge.http.NodeHealth;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the metrics of a node to Prometheus ({@code GET /metrics}), and its health in detail ({@code GET /health}). Any
 * thread.
 *
 * <p>It listens on a port of its own, by default on loopback, because no token is needed here.
 */
public final class ManagementServer {
    private static final Logger LOG = LoggerFactory.getLogger(ManagementServer.class);
    private static final Set<HttpMethod> METHODS = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    private static final int MAX_PORT = 65_535;
    private static final int IDLE_SECONDS = 60;

    private ManagementServer() {}

    /**
     * Makes a registry that this server can serve, with the metrics of the JVM in it.
     *
     * @return a registry for the whole life of the process
     */
    @SuppressWarnings("resource") // The meters live as long as the process.
    public static PrometheusMeterRegistry registry() {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmGcMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        return registry;
    }

    /**
     * Starts to listen, unless it is switched off.
     *
     * @param vertx runs the server, and stops it when Vert.x is closed
     * @param options where to listen
     * @param httpPort the port for clients; with 0, any free port, the server here takes any free port too
     * @param registry the metrics
     * @param health the health of the node
     * @return completes when it listens; fails if the configured port cannot be used. If no port is configured and the
     *     port after the HTTP port is taken, the node runs without metrics and logs a warning
     */
    public static Future<Void> open(
            Vertx vertx, ManagementOptions options, int httpPort, PrometheusMeterRegistry registry, NodeHealth health) {
        if (options.isOff()) {
            return Future.succeededFuture();
        }
        int port = options.port().orElse(httpPort == 0 || httpPort == MAX_PORT ? 0 : httpPort + 1);
        MetricsRoute metrics = new MetricsRoute(vertx, registry);
        HealthDetails details = new HealthDetails(vertx, health);
        return vertx.createHttpServer(new HttpServerOptions()
                        .setHost(options.host())
                        .setPort(port)
                        .setHttp2ClearTextEnabled(false)
                        .setIdleTimeout(IDLE_SECONDS))
                .requestHandler(request -> answer(request, metrics, details))
                .invalidRequestHandler(request -> refuse(request, 400))
                .listen()
                .<Void>map(server -> {
                    LOG.info(
                            "metrics on http://{}/metrics", HttpOptions.authority(options.host(), server.actualPort()));
                    return null;
                })
                .recover(failure -> {
                    if (options.port().isEmpty() && failure instanceof IOException) {
                        LOG.warn(
                                "No metrics: port {} on {} is taken (management.port names another one; 0: off)",
                                port,
                                options.host());
                        return Future.succeededFuture();
                    }
                    return Future.failedFuture(failure);
                });
    }

    private static void answer(HttpServerRequest request, MetricsRoute metrics, HealthDetails details) {
        boolean isHealth = "/health".equals(request.path());
        if (!isHealth && !"/metrics".equals(request.path())) {
            refuse(request, 404);
        } else if (!METHODS.contains(request.method())) {
            refuse(request, 405);
        } else if (isHealth) {
            details.handle(request);
        } else {
            metrics.handle(request);
        }
    }

    private static void refuse(HttpServerRequest request, int status) {
        if (status == 405) {
            request.response().putHeader("Allow", "GET, HEAD");
        }
        request.response().setStatusCode(status).end();
    }
}
