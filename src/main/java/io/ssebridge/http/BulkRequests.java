package io.ssebridge.http;

import io.ssebridge.access.Grant;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.request.BodyBudget;
import io.ssebridge.request.ContentCoding;
import io.ssebridge.request.EventLines;
import io.ssebridge.request.Problem;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The publish requests of an event loop with a line for each event. Each of them lasts until its client has sent all lines.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class BulkRequests {
    /** How long a client may take for a line, and for reading its answers. */
    static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final Open open;
    private final StampedPublisher publisher;
    private final PublishCheck check;
    private final FailureHandler failures;
    private final LargeResponses responses;
    private final Rates rates;
    private final BodyBudget budget;
    private final int maxLineBytes;
    private final NodeClock clock;

    /** Decides whether a caller may publish. */
    interface PublishCheck {
        /**
         * Checks a caller.
         *
         * @throws Problem if it may not publish on all channels
         */
        void run(HttpServerRequest request, List<ChannelName> channels, Optional<Grant> caller);
    }

    /**
     * The requests in progress on an event loop.
     *
     * <p><b>Owner:</b> the event loop.
     */
    static final class Open {
        private final Vertx vertx;
        private final AtomicInteger count;
        private final Set<BulkRequest> requests = new LinkedHashSet<>();
        private final long looks;
        private boolean draining;

        /**
         * Creates an empty set, with a timer that ends requests without progress; called on the context of the timer.
         *
         * @param count counts the requests of the node
         */
        Open(Vertx vertx, AtomicInteger count) {
            this.vertx = vertx;
            this.count = count;
            this.looks = vertx.setPeriodic(
                    LOOK.toMillis(), tick -> List.copyOf(requests).forEach(BulkRequest::look));
        }

        /** Has each request answer its events in flight, read no further, and say so. */
        void drain() {
            draining = true;
            boolean unused = vertx.cancelTimer(looks);
            List.copyOf(requests).forEach(each -> each.finish(stopping()));
        }

        /** Has each request follow another configuration, or end if its caller may not publish any more. */
        void follow(BulkRequests next) {
            List.copyOf(requests).forEach(each -> each.follow(next));
        }

        private void add(BulkRequest begun) {
            if (requests.add(begun)) {
                count.incrementAndGet();
            }
        }

        private void remove(BulkRequest ended) {
            if (requests.remove(ended)) {
                count.decrementAndGet();
            }
        }

        private static Problem stopping() {
            return Problem.unavailable("this node stops (expected: the rest of the lines in a new request)");
        }
    }

    /**
     * Creates the requests of a route.
     *
     * @param open the requests in progress
     * @param publisher publishes the events
     * @param check decides whether a caller may publish
     * @param failures counts the requests that end with a problem
     * @param responses bounds the answers that clients do not read
     * @param rates limits the events of each caller
     * @param budget bounds the memory of lines that are not complete
     * @param maxLineBytes the longest line
     * @param clock the time
     */
    BulkRequests(
            Vertx vertx,
            Open open,
            StampedPublisher publisher,
            PublishCheck check,
            FailureHandler failures,
            LargeResponses responses,
            Rates rates,
            BodyBudget budget,
            int maxLineBytes,
            NodeClock clock) {
        this.vertx = vertx;
        this.open = open;
        this.publisher = publisher;
        this.check = check;
        this.failures = failures;
        this.responses = responses;
        this.rates = rates;
        this.budget = budget;
        this.maxLineBytes = maxLineBytes;
        this.clock = clock;
    }

    /**
     * Starts answering a request.
     *
     * @param coding how its body is compressed
     * @param channels those of the request; the caller may publish on them
     * @param caller the publisher
     * @param name the name of the caller for limits
     * @throws Problem if the node stops
     */
    void open(
            HttpServerRequest request,
            ContentCoding coding,
            List<ChannelName> channels,
            Optional<Grant> caller,
            String name) {
        if (open.draining) {
            throw Open.stopping();
        }
        if (request.response().closed()) {
            return;
        }
        EventLines lines = new EventLines(coding, maxLineBytes);
        BulkRequest begun = new BulkRequest(this, request, lines, channels, caller, name);
        open.add(begun);
        begun.begin();
    }

    void remove(BulkRequest ended) {
        open.remove(ended);
    }

    Vertx vertx() {
        return vertx;
    }

    StampedPublisher publisher() {
        return publisher;
    }

    PublishCheck check() {
        return check;
    }

    FailureHandler failures() {
        return failures;
    }

    LargeResponses responses() {
        return responses;
    }

    Rates rates() {
        return rates;
    }

    BodyBudget budget() {
        return budget;
    }

    NodeClock clock() {
        return clock;
    }
}
