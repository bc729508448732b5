package io.ssebridge.http;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
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
    // Since when, those first that owe it longest.
    private final Map<HttpConnection, Long> owing = new LinkedHashMap<>();

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
        request.response().endHandler(answered -> owe(connection));
    }

    private void owe(HttpConnection connection) {
        owing.put(connection, clock.millis());
    }

    private void closeLate() {
        long late = clock.millis() - allowedMillis;
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
