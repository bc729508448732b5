package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The <a href="https://fetch.spec.whatwg.org/#http-cors-protocol">CORS protocol</a> for the configured origins. */
final class Cors {
    private final Origins origins;

    Cors(Origins origins) {
        this.origins = origins;
    }

    /** Allows the page that sent a request to read the answer, if its origin is configured. */
    void allow(HttpServerRequest request) {
        if (origins.listed().isEmpty()) {
            return;
        }
        HttpServerResponse response = request.response().putHeader(HttpHeaders.VARY, "Origin");
        @Nullable String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null && origins.lists(origin)) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
    }

    /** Answers a preflight request, which a browser sends before a request that a form could not make. */
    static Future<Void> preflight(HttpServerRequest request, List<String> allowed) {
        String methods = String.join(", ", allowed);
        HttpServerResponse response = request.response().setStatusCode(204).putHeader(HttpHeaders.ALLOW, methods);
        if (response.headers().contains(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN)) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, methods)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, "Authorization, Content-Type, Last-Event-ID")
                    .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "3600");
        }
        return response.end();
    }
}
