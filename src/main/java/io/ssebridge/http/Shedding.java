package io.ssebridge.http;

import io.ssebridge.hub.StartPoint;
import io.ssebridge.request.Problem;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Sends returning clients away for some time. An EventSource that gets any status but 200 is closed <a
 * href="https://html.spec.whatwg.org/multipage/server-sent-events.html#fail-the-connection">permanently</a>. But it
 * reconnects after a stream that has ended.
 */
final class Shedding {
    private static final int LEAST_RETRY_MILLIS = 15_000;
    private static final int MOST_RETRY_MILLIS = 45_000;

    private Shedding() {}

    /**
     * Answers a returning client if its stream is refused for a while: there are too many, the node is not ready, or a service
     * does not decide about it.
     *
     * @param request the request for a stream
     * @param start the point where the stream would continue
     * @param refusal the reason why there is no stream
     * @return completes when the request is answered; fails with the refusal if it must be answered elsewhere
     */
    static Future<Void> shed(HttpServerRequest request, StartPoint start, Throwable refusal) {
        boolean returns = start.lastEventId().isPresent() && request.method().equals(HttpMethod.GET);
        if (!returns
                || !(refusal instanceof Problem problem && problem.isTemporary())
                || request.response().headWritten()) {
            return Future.failedFuture(refusal);
        }
        // Spread over a range, so that the clients do not all come back at the same moment.
        int retry = ThreadLocalRandom.current().nextInt(LEAST_RETRY_MILLIS, MOST_RETRY_MILLIS);
        return request.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end("retry: " + retry + "\n\n");
    }
}
