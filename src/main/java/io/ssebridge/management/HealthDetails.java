package io.ssebridge.management;

import io.ssebridge.http.NodeHealth;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.healthchecks.CheckResult;
import io.vertx.ext.healthchecks.HealthChecks;
import io.vertx.ext.healthchecks.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /health}: the conditions of being ready, one by one. The node is ready if all of them hold.
 *
 * <p><b>Owner:</b> the event loop of the management server.
 */
final class HealthDetails {
    private static final Logger LOG = LoggerFactory.getLogger(HealthDetails.class);
    private static final long TIMEOUT_MILLIS = 1_000;

    private final HealthChecks checks;

    HealthDetails(Vertx vertx, NodeHealth health) {
        this.checks = HealthChecks.create(vertx);
        for (NodeHealth.Check check : health.checks()) {
            checks.register(
                    check.name(),
                    TIMEOUT_MILLIS,
                    result -> result.complete(
                            check.isUp().getAsBoolean()
                                    ? Status.OK(check.data().get())
                                    : Status.KO(check.data().get())));
        }
    }

    void handle(HttpServerRequest request) {
        checks.checkStatus()
                .onFailure(failure -> {
                    LOG.error("Could not check the health", failure);
                    request.response().setStatusCode(500).end();
                })
                .onSuccess(result -> request.response()
                        .setStatusCode(CheckResult.isUp(result) ? 200 : 503)
                        .putHeader("Content-Type", "application/json")
                        .putHeader("Cache-Control", "no-store")
                        .end(result.toJson().encode()));
    }
}
