package io.ssebridge.http;

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
 * Closes connections that owe the head of a request for too long: those that say nothing, and those that say a byte now and
 * then, which are never idle.
 *
 * <p>A connection owes a head from its beginning, and from the end of its last answer. While it waits for an answer it owes
 * nothing; nor does a stream, whose answer does not end.
 *
 * <p><b>Owner:</b> the event loop of the connections.
 */
final class HeadDeadlines {
    private static final int LOOKS_PER_DEADLINE = 4;

    private final long allowedMillis;
    private final NodeClock clock;
    // Since when, by the monotonic clock; those first that owe it longest.
    private final Map<HttpConnection, Long> owing = new LinkedHashMap<>();
    // Weak: by the request of a stream one would hold on to the stream.
    private WeakReference<HttpServerRequest> newest = new WeakReference<>(null);

    HeadDeadlines(Duration allowed, NodeClock clock) {
        this.allowedMillis = allowed.toMillis();
        this.clock = clock;
    }

    /** Looks for those that are late, now and then. */
    void watch(Vertx vertx) {
        vertx.setPeriodic(Math.max(1, allowedMillis / LOOKS_PER_DEADLINE), now -> closeLate());
    }

    /** A connection begins. */
    void opened(HttpConnection connection) {
        connection.closeHandler(gone -> owing.remove(connection));
        owe(connection);
    }

    /** A head has come. */
    void came(HttpServerRequest request) {
        HttpConnection connection = request.connection();
        owing.remove(connection);
        newest = new WeakReference<>(request);
        request.response().endHandler(answered -> {
            if (!isFollowed(request)) {
                owe(connection);
            }
        });
    }

    /**
     * Whether the next head has come before the last answer was said to have ended: Vert.x begins with a pipelined request
     * first. If that one is for a stream, the connection never owes a head again.
     */
    private boolean isFollowed(HttpServerRequest request) {
        HttpServerRequest last = newest.get();
        return last != null && last != request && last.connection() == request.connection();
    }

    private void owe(HttpConnection connection) {
        owing.put(connection, clock.elapsedMillis());
    }

    private void closeLate() {
        long late = clock.elapsedMillis() - allowedMillis;
        Iterator<Map.Entry<HttpConnection, Long>> longest = owing.entrySet().iterator();
        while (longest.hasNext()) {
            Map.Entry<HttpConnection, Long> next = longest.next();
            if (next.getValue() > late) {
                return;
            }
            // Before it is told of its end.
            longest.remove();
            next.getKey().close();
        }
    }
}
