package io.ssebridge.http1;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;

/**
 * The connections of an HTTP/1.1 server: bounds their memory, and the time that they take for the head of a request.
 *
 * <p><b>Owner:</b> the event loop of the server.
 */
public final class Http1Connections {
    private final HttpServerOptions options;
    private final HeadDeadlines deadlines;
    private final HeadBudget unfinished;

    /**
     * Starts watching, with a timer that ends with the current context.
     *
     * @param vertx runs the server
     * @param options those of the server
     * @param unfinished bounds the unfinished requests of the event loop
     * @param headTimeout the time in which a connection must send the whole head of its next request
     * @param clock the time
     */
    public Http1Connections(
            Vertx vertx, HttpServerOptions options, HeadBudget unfinished, Duration headTimeout, NodeClock clock) {
        this.options = options;
        this.unfinished = unfinished;
        this.deadlines = new HeadDeadlines(headTimeout, clock);
        deadlines.watch(vertx);
    }

    /** Takes a connection that has just opened. */
    public void opened(HttpConnection connection) {
        RequestDecoder.install(connection, options, unfinished);
        HeapContentHandler.install(connection);
        deadlines.opened(connection);
    }

    /** Notes that the head of a request has arrived. */
    public void came(HttpServerRequest request) {
        deadlines.came(request);
    }
}
