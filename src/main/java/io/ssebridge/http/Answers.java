package io.ssebridge.http;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one place where a failure becomes an answer. */
final class Answers {
    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    private Answers() {}

    /** Answers a request that failed, unless an answer is under way or nobody is there to read it. */
    static void fail(HttpServerRequest request, Throwable failure) {
        HttpServerResponse response = request.response();
        if (response.headWritten() || response.closed()) {
            return;
        }
        Problem problem = problem(failure);
        problem.send(response);
        if (problem.endsConnection()) {
            request.connection().close();
        } else {
            // What was held back of a body is dropped, lest it stay in the way of the next request.
            request.resume();
        }
    }

    /** What clients are told of a failure. */
    static Problem problem(Throwable failure) {
        if (failure instanceof Problem problem) {
            return problem;
        }
        if (failure instanceof ReplyException refusal) {
            return of(refusal.failureCode(), String.valueOf(refusal.getMessage()));
        }
        if (NodeHealth.isOutOfMemory(failure) && failure instanceof Error error) {
            // Some futures drop what their listeners throw. From a task of its own it reaches the handler that ends the
            // node.
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

    /** What the bus refuses with the code of an HTTP status. */
    private static Problem of(int status, String detail) {
        return switch (status) {
            case 400 -> Problem.badRequest(detail);
            case 413 -> Problem.tooLarge(detail);
            case 429 -> Problem.tooMany(detail);
            default -> Problem.unavailable(detail);
        };
    }
}
