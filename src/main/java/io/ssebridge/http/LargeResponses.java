package io.ssebridge.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.http2.Http2Streams;
import io.ssebridge.request.Problem;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The large responses that are being sent to clients: pages of histories, and answers to many events. A response that its
 * client does not read stays in the node's memory. The bytes of all responses together are bounded. Beyond the bound,
 * responses that have not been read for some seconds are cut, the oldest first. If that is not enough, the client that holds
 * most loses its oldest response, if the new client holds less. Otherwise the request is refused. So a client that reads no
 * response does not keep others from theirs.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class LargeResponses {
    private static final Duration UNREAD_LIMIT = Duration.ofSeconds(5);

    private final Clients clients;
    private final long maxBytes;
    private final NodeClock clock;
    private final Counter cut;
    // In the order in which they were sent.
    private final Map<HttpServerRequest, UnsentResponse> unsent = new LinkedHashMap<>();
    private long unsentBytes;

    private record UnsentResponse(String client, int bytes, long sinceMillis) {}

    /**
     * Creates an empty set of responses.
     *
     * @param clients tells the client of a request
     * @param maxBytes the bound of the bytes that wait for their clients; one response may always wait
     * @param clock the time
     * @param meters counts the responses that are cut
     */
    LargeResponses(Clients clients, long maxBytes, NodeClock clock, MeterRegistry meters) {
        this.clients = clients;
        this.maxBytes = maxBytes;
        this.clock = clock;
        this.cut = Counter.builder("sse.responses.cut")
                .description("Pages of histories, and answers to many events, that their clients did not read")
                .register(meters);
    }

    /**
     * Sends a body and ends the response.
     *
     * @return completes when the body is sent; fails with a {@link Problem}, before anything is sent, if too many responses
     *     wait
     */
    Future<Void> end(HttpServerRequest request, Buffer body) {
        try {
            makeRoom(request, body.length());
        } catch (Problem full) {
            return Future.failedFuture(full);
        }
        unsent.put(request, new UnsentResponse(clients.address(request), body.length(), clock.elapsedMillis()));
        unsentBytes += body.length();
        return request.response().end(body).onComplete(done -> remove(request));
    }

    /**
     * Sends a part of a response. If there is no room for it, the response is cut: its events are published already.
     *
     * @return completes when the part is sent
     */
    Future<Void> write(HttpServerRequest request, Buffer part) {
        try {
            makeRoom(request, part.length());
        } catch (Problem full) {
            cut(request);
            return Future.failedFuture(full);
        }
        // A response keeps its place in the order until all of it is sent.
        UnsentResponse before = unsent.get(request);
        int bytes = part.length() + (before == null ? 0 : before.bytes());
        long sinceMillis = before == null ? clock.elapsedMillis() : before.sinceMillis();
        unsent.put(request, new UnsentResponse(clients.address(request), bytes, sinceMillis));
        unsentBytes += part.length();
        return request.response().write(part).onComplete(done -> sent(request, part.length()));
    }

    private void sent(HttpServerRequest request, int bytes) {
        UnsentResponse response = unsent.get(request);
        if (response == null || response.bytes() <= bytes) {
            remove(request);
        } else {
            unsent.put(
                    request, new UnsentResponse(response.client(), response.bytes() - bytes, response.sinceMillis()));
            unsentBytes -= bytes;
        }
    }

    /**
     * Makes room for a response.
     *
     * @param bytes its expected size
     * @throws Problem if too many responses wait
     */
    void makeRoom(HttpServerRequest request, int bytes) {
        makeRoom(bytes);
        takeRoom(clients.address(request), bytes);
        if (unsentBytes > 0 && unsentBytes + bytes > maxBytes) {
            throw Problem.unavailable("too many responses wait for their clients");
        }
    }

    private void makeRoom(int bytes) {
        long sinceMillis = clock.elapsedMillis() - UNREAD_LIMIT.toMillis();
        Iterator<Map.Entry<HttpServerRequest, UnsentResponse>> oldest =
                unsent.entrySet().iterator();
        while (unsentBytes + bytes > maxBytes && oldest.hasNext()) {
            Map.Entry<HttpServerRequest, UnsentResponse> first = oldest.next();
            if (first.getValue().sinceMillis() > sinceMillis) {
                return;
            }
            cut(first.getKey());
            oldest = unsent.entrySet().iterator();
        }
    }

    /** Takes the room of clients that hold more than the new client would. */
    private void takeRoom(String client, int bytes) {
        while (unsentBytes + bytes > maxBytes && !unsent.isEmpty()) {
            Map<String, Long> held = new HashMap<>();
            unsent.values().forEach(each -> held.merge(each.client(), (long) each.bytes(), Long::sum));
            String greediest = Collections.max(held.entrySet(), Map.Entry.comparingByValue())
                    .getKey();
            if (held.getOrDefault(greediest, 0L) <= held.getOrDefault(client, 0L) + bytes) {
                return;
            }
            unsent.entrySet().stream()
                    .filter(each -> each.getValue().client().equals(greediest))
                    .findFirst()
                    .ifPresent(first -> cut(first.getKey()));
        }
    }

    private void cut(HttpServerRequest request) {
        remove(request);
        cut.increment();
        Http2Streams.abort(request);
    }

    private void remove(HttpServerRequest request) {
        UnsentResponse response = unsent.remove(request);
        if (response != null) {
            unsentBytes -= response.bytes();
        }
    }
}
