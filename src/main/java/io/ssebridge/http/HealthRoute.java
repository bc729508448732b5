package io.ssebridge.http;

import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.util.function.BooleanSupplier;

/**
 * {@code GET /health/live} and {@code GET /health/ready}: the one says that the process answers, the other that load
 * balancers should send clients here.
 */
final class HealthRoute {
    private final BooleanSupplier ready;

    HealthRoute(BooleanSupplier ready) {
        this.ready = ready;
    }

    Future<Void> live(HttpServerRequest request, RequestTarget target) {
        return answer(request.response(), true);
    }

    Future<Void> ready(HttpServerRequest request, RequestTarget target) {
        return answer(request.response(), ready.getAsBoolean());
    }

    private static Future<Void> answer(HttpServerResponse response, boolean up) {
        return response.setStatusCode(up ? 200 : 503)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .end(new JsonObject().put("status", up ? "UP" : "DOWN").encode());
    }
}
