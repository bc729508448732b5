package io.ssebridge.http;

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
    private final ServerContext server;
    private final Rates rates;
    private final Map<Object, LoopServer> loops = new ConcurrentHashMap<>();
    private volatile boolean draining;

    /**
     * Creates the routes of a node.
     *
     * @param vertx runs the node
     * @param server the resources of the node
     */
    public BridgeRoutes(Vertx vertx, ServerContext server) {
        this.vertx = vertx;
        this.server = server;
        this.rates = new Rates(server.limits(), server.clock(), server.meters());
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
     * @param mount the part of the path that is not the bridge's
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
            known = LoopContext.create(vertx, own -> new LoopServer(vertx, own, server, rates));
            loops.put(loop, known);
        }
        return Optional.ofNullable(known);
    }

    /** Ends all streams over the configured time. Streams that are opened later are ended at once. */
    public Future<Void> drain() {
        draining = true;
        List<Future<Void>> drained =
                loops.values().stream().map(LoopServer::drain).toList();
        return Future.join(drained).mapEmpty();
    }
}
