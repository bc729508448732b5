package io.ssebridge.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.request.Problem;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns failures into HTTP answers. This is the only place that does. Any thread. */
final class FailureHandler {
    private static final Logger LOG = LoggerFactory.getLogger(FailureHandler.class);

    private static final int MOST_LOGGED = 200;

    private final MeterRegistry meters;

    /**
     * Creates the answers of a node.
     *
     * @param meters counts them, by the type of the problem
     */
    FailureHandler(MeterRegistry meters) {
        this.meters = meters;
    }

    /** Answers a failed request, unless an answer has begun or the client has disconnected. */
    void fail(HttpServerRequest request, Throwable failure) {
        HttpServerResponse response = request.response();
        if (response.headWritten() || response.closed()) {
            return;
        }
        if (GoneClients.isGone(failure)) {
            var unused = request.connection().close();
            return;
        }
        String id = RequestId.of(request);
        Problem problem = problem(failure, id);
        count(request, problem, id);
        response.putHeader(RequestId.HEADER, id);
        problem.send(response);
        if (problem.endsConnection() && request.version() != HttpVersion.HTTP_2) {
            request.connection().close();
        } else if (!request.isEnded()) {
            // The rest of a paused body is dropped, so that it does not block the next request.
            request.resume();
        }
    }

    /** Counts a request that ends with a problem after its answer has begun. */
    void ended(HttpServerRequest request, Problem problem) {
        count(request, problem, RequestId.of(request));
    }

    private void count(HttpServerRequest request, Problem problem, String id) {
        log(request, problem, id);
        Counter.builder("sse.http.refused")
                .description("Requests that were refused, by the type of the problem")
                .tag("type", problem.slug())
                .register(meters)
                .increment();
    }

    /** Writes a line at DEBUG. The query is left out, because it may contain a token, and so is the detail. */
    private static void log(HttpServerRequest request, Problem problem, String id) {
        if (LOG.isDebugEnabled()) {
            LOG.atDebug()
                    .addKeyValue("requestId", id)
                    .addKeyValue("status", problem.status())
                    .addKeyValue("type", problem.slug())
                    .log("Refused {} {}", request.method(), shortened(String.valueOf(request.path())));
        }
    }

    private static String shortened(String path) {
        return path.length() <= MOST_LOGGED ? path : path.substring(0, MOST_LOGGED) + "...";
    }

    /** Returns the problem that a client gets for a failure of one event. */
    static Problem problem(Throwable failure) {
        return problem(failure, "none");
    }

    private static Problem problem(Throwable failure, String requestId) {
        if (failure instanceof Problem problem) {
            return problem;
        }
        if (failure instanceof ReplyException refusal) {
            return of(refusal.failureCode(), String.valueOf(refusal.getMessage()));
        }
        if (NodeHealth.isOutOfMemory(failure) && failure instanceof Error error) {
            // Some futures swallow errors that their listeners throw. Thrown in its own task, the error reaches the
            // handler that ends the node.
            Context context = Vertx.currentContext();
            if (context != null) {
                context.runOnContext(next -> {
                    throw error;
                });
                return Problem.internal();
            }
        }
        LOG.atError().addKeyValue("requestId", requestId).setCause(failure).log("A request failed");
        return Problem.internal();
    }

    /** Maps a refusal from the bus; its code is an HTTP status. */
    private static Problem of(int status, String detail) {
        return switch (status) {
            case 400 -> Problem.badRequest(detail);
            case 403 -> Problem.forbidden(detail);
            case 409 -> Problem.ended(detail);
            case 413 -> Problem.tooLarge(detail);
            case 429 -> Problem.tooMany(detail);
            default -> Problem.unavailable(detail);
        };
    }
}
