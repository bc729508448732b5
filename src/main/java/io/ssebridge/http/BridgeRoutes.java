package io.ssebridge.http;

import io.micrometer.core.instrument.Gauge;
import io.ssebridge.request.Problem;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes of a node, for all its event loops. Any thread.
 *
 * <p>An event loop gets endpoints with its first request. A stream stays on the event loop of its connection.
 */
public final class BridgeRoutes {
    private static final Logger LOG = LoggerFactory.getLogger(BridgeRoutes.class);

    private final Vertx vertx;
    private final AtomicInteger bulkRequests = new AtomicInteger();
    private volatile Served served;
    private final Map<Object, LoopServer> loops = new ConcurrentHashMap<>();
    private volatile boolean draining;

    /** A configuration of the node, and the rates that it limits. */
    private record Served(ServerContext server, Rates rates) {
        private static Served of(ServerContext server) {
            return new Served(server, new Rates(server.limits(), server.clock(), server.meters()));
        }

        /** Other rates count from now on; the same ones go on counting. */
        private Served next(ServerContext next) {
            boolean same = next.limits().connectRate() == server.limits().connectRate()
                    && next.limits().publishRate() == server.limits().publishRate();
            return same ? new Served(next, rates) : of(next);
        }
    }

    /**
     * Creates the routes of a node.
     *
     * @param vertx runs the node
     * @param server the resources of the node
     */
    public BridgeRoutes(Vertx vertx, ServerContext server) {
        this.vertx = vertx;
        this.served = Served.of(server);
        var unused = Gauge.builder("sse.publishes.bulk", bulkRequests, AtomicInteger::get)
                .description("Publish requests with a line for each event that are in progress")
                .register(server.meters());
    }

    /**
     * Creates a router with all routes of the bridge. It can be mounted on any path. Requests for other paths go on to the
     * next route of the application.
     */
    public Router router() {
        Router router = Router.router(vertx);
        router.route().handler(context -> handle(context, mounted(context)));
        return router;
    }

    /** Returns the number of segments of the path that belong to the mount point. The bridge reads the other segments. */
    private static MountPoint mounted(RoutingContext context) {
        @Nullable String point = context.mountPoint();
        long count = point == null
                ? 0
                : Arrays.stream(point.split("/", -1))
                        .filter(part -> !part.isEmpty())
                        .count();
        return segments -> segments.size() < count
                ? Optional.empty()
                : Optional.of(segments.subList((int) count, segments.size()));
    }

    /**
     * Answers a request, or passes it on to the next route.
     *
     * @param mount the part of the path before the bridge's own paths
     */
    void handle(RoutingContext context, MountPoint mount) {
        here().ifPresentOrElse(
                        loop -> loop.dispatcher().handle(context.request(), mount, context::next),
                        () -> refuse(context.request()));
    }

    private void refuse(HttpServerRequest request) {
        if (!draining) {
            LOG.error(
                    "A request came on a thread that is not an event loop of the bridge's Vert.x (expected: the router "
                            + "is mounted by a verticle with the threading model EVENT_LOOP)");
        }
        Problem.unavailable("this node does not answer here").send(request.response());
    }

    /** Returns the endpoints of the current event loop; empty if there are none and none may be created. */
    Optional<LoopServer> here() {
        Object loop = LoopContext.current(vertx);
        if (loop == null) {
            return Optional.empty();
        }
        LoopServer known = loops.get(loop);
        if (known == null && !draining) {
            // Another call for this event loop cannot come in between: it would be on this thread.
            Served now = served;
            known = LoopContext.create(vertx, own -> new LoopServer(vertx, own, now.server, now.rates, bulkRequests));
            loops.put(loop, known);
            if (!served.equals(now)) {
                // It was replaced meanwhile, and did not reach this event loop.
                var unused = known.reload(served.server, served.rates);
            }
        }
        return Optional.ofNullable(known);
    }

    /**
     * Answers later requests by another configuration.
     *
     * @param next the resources of the node, with other options
     * @return completes when all event loops do so
     */
    public Future<Void> reload(ServerContext next) {
        Served now = served.next(next);
        served = now;
        List<Future<Void>> all = loops.values().stream()
                .map(loop -> loop.reload(now.server, now.rates))
                .toList();
        return Future.join(all).mapEmpty();
    }

    /** Ends all streams over the configured time. Streams that are opened later are ended at once. */
    public Future<Void> drain() {
        draining = true;
        List<Future<Void>> drained =
                loops.values().stream().map(LoopServer::drain).toList();
        return Future.join(drained).mapEmpty();
    }
}
