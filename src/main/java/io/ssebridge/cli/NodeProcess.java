package io.ssebridge.cli;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.ssebridge.Bridge;
import io.ssebridge.BridgeOptions;
import io.ssebridge.NodeServer;
import io.ssebridge.cluster.Cluster;
import io.ssebridge.config.ConfigException;
import io.ssebridge.management.ManagementServer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a node as its own process. It starts the node, closes it in order when the process is asked to end, and ends the
 * process when the node has failed.
 */
final class NodeProcess {
    private static final Logger LOG = LoggerFactory.getLogger(NodeProcess.class);
    private static final Duration LEAVING = Duration.ofSeconds(10);
    // The exit status of a process that SIGKILL has ended, as a shell sees it.
    private static final int KILLED = 137;

    private NodeProcess() {}

    /** Starts a node and returns once it serves requests; see {@link NodeStart}. */
    static void start(
            BridgeOptions options, Optional<ConfigFile> file, boolean standalone, Optional<Path> clusterConfig) {
        ProcessEnd.whenOutOfMemory();
        new ListenAddress("http", options.http().host(), options.http().port()).check();
        if (!standalone) {
            options.cluster()
                    .host()
                    .ifPresent(host ->
                            new ListenAddress("cluster", host, options.cluster().port()).check());
        }
        int managementPort = options.management().port().orElse(0);
        if (managementPort > 0) {
            new ListenAddress("management", options.management().host(), managementPort).check();
        }
        VertxOptions vertxOptions = new VertxOptions()
                .setPreferNativeTransport(true)
                // One for each core, with an instance of the HTTP server.
                .setEventLoopPoolSize(Runtime.getRuntime().availableProcessors());
        Future<Vertx> started = standalone
                ? Future.succeededFuture(Vertx.vertx(vertxOptions))
                : Cluster.join(clusterConfig, options.cluster(), vertxOptions);
        try {
            started.onSuccess(ProcessEnd::whenOutOfMemory)
                    .compose(vertx -> open(vertx, options)
                            .onSuccess(server -> file.ifPresent(config -> ConfigWatch.start(vertx, server, config)))
                            .onFailure(failed -> vertx.close()))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
        } catch (CompletionException e) {
            Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
            throw new ConfigException("the node does not start: " + cause.getMessage(), cause);
        }
        if (options.demo()) {
            LOG.info("DEMO MODE: anybody on this machine may act as anybody. "
                    + "For anything else give a configuration file (-conf FILE)");
        }
    }

    private static Future<NodeServer> open(Vertx vertx, BridgeOptions options) {
        PrometheusMeterRegistry meters = ManagementServer.registry();
        return Bridge.open(vertx, options, meters)
                .compose(bridge -> NodeServer.open(vertx, bridge, options.http()))
                .compose(server -> ManagementServer.open(
                                vertx,
                                options.management(),
                                options.http().port(),
                                meters,
                                server.bridge().health())
                        .map(server))
                .onSuccess(server -> {
                    server.bridge().failed().onSuccess(ProcessEnd::failed);
                    server.onDemoStop(NodeProcess::crash);
                    Duration timeout = options.shutdown().total().plus(LEAVING);
                    Runtime.getRuntime()
                            .addShutdownHook(new Thread(() -> close(server, vertx, timeout), "sse-bridge-close"));
                });
    }

    /** Ends the process without a word to anybody, as the kernel does when memory is short. */
    private static void crash() {
        Runtime.getRuntime().halt(KILLED);
    }

    /** Closes the node on a shutdown thread, which may block. The process ends when this method returns. */
    private static void close(NodeServer server, Vertx vertx, Duration timeout) {
        LOG.info("stopping");
        long endNanos = System.nanoTime() + timeout.toNanos();
        try {
            try {
                await(server.close(), endNanos);
            } finally {
                // Begun on this thread: a step after the one above may run on an event loop, which ends with Vert.x.
                await(vertx.close(), endNanos);
            }
            LOG.info("stopped");
            // The stop was requested and has succeeded. Without halt(0) the exit status would be 143, that of a process
            // that a signal has ended.
            Runtime.getRuntime().halt(0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("Stopped without having handed over everything", e);
        }
    }

    private static void await(Future<Void> step, long endNanos)
            throws InterruptedException, ExecutionException, TimeoutException {
        step.toCompletionStage().toCompletableFuture().get(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
}
