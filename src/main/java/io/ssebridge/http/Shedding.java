package io.ssebridge.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Sends clients that come back away for a while. An EventSource that gets any status but 200 is closed <a
 * href="https://html.spec.whatwg.org/multipage/server-sent-events.html#fail-the-connection">for good</a>; a stream that ends
 * is opened again.
 */
final class Shedding {
    private static final int LEAST_RETRY_MILLIS = 15_000;
    private static final int MOST_RETRY_MILLIS = 45_000;

    private Shedding() {}

    /**
     * Answers a stream that is refused because there are too many.
     *
     * @param request asks for a stream
     * @param position where it is to go on
     * @param refusal why there is no stream
     * @return the refusal, unless it is answered
     */
    static Future<Void> shed(HttpServerRequest request, Position position, Throwable refusal) {
        boolean returns = position.lastEventId().isPresent() && request.method().equals(HttpMethod.GET);
        if (!returns
                || !(refusal instanceof Problem problem && problem.status() == 429)
                || request.response().headWritten()) {
            return Future.failedFuture(refusal);
        }
        // Spread, so that they do not all come back at the same moment.
        int retry = ThreadLocalRandom.current().nextInt(LEAST_RETRY_MILLIS, MOST_RETRY_MILLIS);
        return request.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end("retry: " + retry + "\n\n");
    }
}
