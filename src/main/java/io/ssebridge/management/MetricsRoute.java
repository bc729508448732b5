package io.ssebridge.management;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /metrics}. One scrape runs at a time, and requests that come meanwhile share its result: the worker
 * threads also do the blocking calls of Hazelcast. Beyond {@value #MAX_UNANSWERED} unanswered requests, a request is refused
 * with 503.
 *
 * <p><b>Owner:</b> the event loop of the management server.
 */
final class MetricsRoute {
    private static final int MAX_UNANSWERED = 16;

    private static final Logger LOG = LoggerFactory.getLogger(MetricsRoute.class);

    private final Supplier<Future<String>> scrapes;
    private @Nullable Future<String> running;
    // Includes requests with responses that their clients have not read.
    private int unanswered;

    /**
     * Creates the route.
     *
     * @param vertx scrapes on a worker thread: there may be thousands of lines
     * @param registry the metrics
     */
    MetricsRoute(Vertx vertx, PrometheusMeterRegistry registry) {
        this(() -> vertx.executeBlocking(registry::scrape, false).map(text -> Objects.requireNonNull(text)));
    }

    /**
     * Creates the route.
     *
     * @param scrapes writes the metrics as they are now
     */
    MetricsRoute(Supplier<Future<String>> scrapes) {
        this.scrapes = scrapes;
    }

    void handle(HttpServerRequest request) {
        if (unanswered >= MAX_UNANSWERED) {
            refuse(request);
            return;
        }
        unanswered++;
        scrape().onFailure(failure -> refuse(request))
                .compose(text -> request.response()
                        .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                        .putHeader("Cache-Control", "no-store")
                        .end(text))
                .onComplete(answered -> unanswered--);
    }

    private Future<String> scrape() {
        Future<String> known = running;
        if (known != null) {
            return known;
        }
        Future<String> scrape = scrapes.get();
        // First: a scrape that is complete already calls its handler at once, and must not be kept after it.
        running = scrape;
        return scrape.onFailure(failure -> LOG.error("Could not write the metrics", failure))
                .onComplete(done -> running = null);
    }

    private static void refuse(HttpServerRequest request) {
        request.response().setStatusCode(503).putHeader("Retry-After", "1").end();
    }
}
