package io.ssebridge.http1;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Closes connections that take too long to send their next request head. These are silent connections, and connections
 * that send a byte now and then, and so are never idle.
 *
 * <p>The time limit for a head starts when the connection opens, and after each answer. It does not run while the
 * connection waits for an answer. It never runs during a stream, because the answer does not end.
 *
 * <p><b>Owner:</b> the event loop of the connections.
 */
final class HeadDeadlines {
    private static final int LOOKS_PER_DEADLINE = 4;

    private final long allowedMillis;
    private final NodeClock clock;
    // The start of each running time limit, by the monotonic clock; the oldest first.
    private final Map<HttpConnection, Long> startsMillis = new LinkedHashMap<>();
    // Weak: the request of a stream would keep the whole stream in memory.
    private WeakReference<HttpServerRequest> newest = new WeakReference<>(null);

    HeadDeadlines(Duration allowed, NodeClock clock) {
        this.allowedMillis = allowed.toMillis();
        this.clock = clock;
    }

    /** Starts a timer that closes late connections. */
    void watch(Vertx vertx) {
        vertx.setPeriodic(Math.max(1, allowedMillis / LOOKS_PER_DEADLINE), now -> closeLate());
    }

    /** Notes that a connection has opened. */
    void opened(HttpConnection connection) {
        connection.closeHandler(gone -> startsMillis.remove(connection));
        start(connection);
    }

    /** Notes that the head of a request has arrived. */
    void came(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        startsMillis.remove(connection);
        newest = new WeakReference<>(request);
        request.response().endHandler(answered -> {
            if (!isFollowed(request)) {
                start(connection);
            }
        });
    }

    /**
     * Tells whether the next head arrived before the end of the last answer was reported: Vert.x starts a pipelined
     * request first. If that request is for a stream, the time limit never starts again.
     */
    private boolean isFollowed(HttpServerRequest request) {
        HttpServerRequest last = newest.get();
        return last != null && last != request && last.connection() == request.connection();
    }

    private void start(HttpConnection connection) {
        startsMillis.put(connection, clock.elapsedMillis());
    }

    private void closeLate() {
        long lateMillis = clock.elapsedMillis() - allowedMillis;
        Iterator<Map.Entry<HttpConnection, Long>> longest =
                startsMillis.entrySet().iterator();
        while (longest.hasNext()) {
            Map.Entry<HttpConnection, Long> next = longest.next();
            if (next.getValue() > lateMillis) {
                return;
            }
            // Removed before its close handler runs.
            longest.remove();
            next.getKey().close();
        }
    }
}
