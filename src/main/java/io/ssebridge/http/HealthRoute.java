package io.ssebridge.http;

import io.ssebridge.request.RequestTarget;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;

/**
 * {@code GET /health/live} says that the node works. {@code GET /health/ready} says that load balancers should send
 * clients here.
 */
final class HealthRoute {
    private final NodeHealth health;

    HealthRoute(NodeHealth health) {
        this.health = health;
    }

    Future<Void> live(HttpServerRequest request, RequestTarget target) {
        return answer(request.response(), health.isLive());
    }

    Future<Void> ready(HttpServerRequest request, RequestTarget target) {
        return answer(request.response(), health.isReady());
    }

    private static Future<Void> answer(HttpServerResponse response, boolean up) {
        return response.setStatusCode(up ? 200 : 503)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store")
                .end(new JsonObject().put("status", up ? "UP" : "DOWN").encode());
    }
}
