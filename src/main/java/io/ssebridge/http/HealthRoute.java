package io.ssebridge.http;

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

    void live(HttpServerResponse response) {
        answer(response, true);
    }

    void ready(HttpServerResponse response) {
        answer(response, ready.getAsBoolean());
    }

    private static void answer(HttpServerResponse response, boolean up) {
        response.setStatusCode(up ? 200 : 503)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .end(new JsonObject().put("status", up ? "UP" : "DOWN").encode());
    }
}
