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
        Problem problem = problem(failure);
        Counter.builder("sse.http.refused")
                .description("Requests that were refused, by the type of the problem")
                .tag("type", problem.slug())
                .register(meters)
                .increment();
        problem.send(response);
        if (problem.endsConnection() && request.version() != HttpVersion.HTTP_2) {
            request.connection().close();
        } else if (!request.isEnded()) {
            // The rest of a paused body is dropped, so that it does not block the next request.
            request.resume();
        }
    }

    /** Returns the problem that a client gets for a failure. */
    static Problem problem(Throwable failure) {
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
        LOG.error("A request failed", failure);
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
