package io.ssebridge.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.request.Problem;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The pages of histories that are being sent to clients. A page that its client does not read stays in the node's
 * memory. The bytes of all pages together are bounded. Beyond the bound, pages that have not been read for some seconds
 * are cut, the oldest first. If that is not enough, the client that holds most loses its oldest page, if the new client
 * holds less. Otherwise the request is refused. So a client that reads no page does not keep others from their histories.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class PageResponses {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final long maxBytes;
    private final NodeClock clock;
    private final Counter cut;
    // In the order in which they were sent.
    private final Map<HttpServerRequest, Unsent> unsent = new LinkedHashMap<>();
    private long unsentBytes;

    private record Unsent(String client, int bytes, long sinceMillis) {}

    /**
     * Creates an empty set of pages.
     *
     * @param maxBytes the bound of the bytes that wait for their clients; one page may always wait
     * @param clock the time
     * @param meters counts the pages that are cut
     */
    PageResponses(long maxBytes, NodeClock clock, MeterRegistry meters) {
        this.maxBytes = maxBytes;
        this.clock = clock;
        this.cut = Counter.builder("sse.history.pages.cut")
                .description("Pages of histories that their clients did not read")
                .register(meters);
    }

    /**
     * Sends a page and ends the response.
     *
     * @return completes when the page is sent; fails with a {@link Problem}, before anything is sent, if too many pages
     *     wait
     */
    Future<Void> end(HttpServerRequest request, Buffer page) {
        String client = ClientAddress.of(request);
        makeRoom(page.length());
        takeRoom(client, page.length());
        if (unsentBytes > 0 && unsentBytes + page.length() > maxBytes) {
            return Future.failedFuture(Problem.unavailable("too many pages of histories wait for their clients"));
        }
        unsent.put(request, new Unsent(client, page.length(), clock.elapsedMillis()));
        unsentBytes += page.length();
        return request.response().end(page).onComplete(done -> remove(request));
    }

    private void makeRoom(int bytes) {
        long since = clock.elapsedMillis() - PATIENCE.toMillis();
        Iterator<Map.Entry<HttpServerRequest, Unsent>> oldest =
                unsent.entrySet().iterator();
        while (unsentBytes + bytes > maxBytes && oldest.hasNext()) {
            Map.Entry<HttpServerRequest, Unsent> page = oldest.next();
            if (page.getValue().sinceMillis() > since) {
                return;
            }
            cut(page.getKey());
            oldest = unsent.entrySet().iterator();
        }
    }

    /** Takes the room of clients that hold more than the new client would. */
    private void takeRoom(String client, int bytes) {
        while (unsentBytes + bytes > maxBytes && !unsent.isEmpty()) {
            Map<String, Long> held = new HashMap<>();
            unsent.values().forEach(page -> held.merge(page.client(), (long) page.bytes(), Long::sum));
            String greediest = Collections.max(held.entrySet(), Map.Entry.comparingByValue())
                    .getKey();
            if (held.getOrDefault(greediest, 0L) <= held.getOrDefault(client, 0L) + bytes) {
                return;
            }
            unsent.entrySet().stream()
                    .filter(page -> page.getValue().client().equals(greediest))
                    .findFirst()
                    .ifPresent(page -> cut(page.getKey()));
        }
    }

    private void cut(HttpServerRequest request) {
        remove(request);
        cut.increment();
        abort(request);
    }

    // Closes the connection below Vert.x's own handler, which would write the page before closing.
    private static void abort(HttpServerRequest request) {
        var unused =
                ((ConnectionBase) request.connection()).channelHandlerContext().close();
    }

    private void remove(HttpServerRequest request) {
        Unsent page = unsent.remove(request);
        if (page != null) {
            unsentBytes -= page.bytes();
        }
    }
}
