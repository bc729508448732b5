package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The <a href="https://fetch.spec.whatwg.org/#http-cors-protocol">CORS protocol</a>. Pages of the configured origins may act
 * with the user's credentials. Pages of all origins may read public channels, without credentials.
 */
final class Cors {
    private static final String ANYONE = "*";
    // The names of header fields, as a browser lists them (https://fetch.spec.whatwg.org/#cors-preflight-fetch-0).
    private static final Pattern FIELD_NAMES = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z, -]{1,1024}");
    private static final String USUAL_HEADERS = "Authorization, Content-Type, Idempotency-Key, Last-Event-ID";
    // Chromium keeps the answer to a preflight for at most two hours.
    private static final String MAX_AGE_SECONDS = "7200";

    private final Origins origins;

    Cors(Origins origins) {
        this.origins = origins;
    }

    /** Allows the page that sent a request to read the answer, if its origin is configured. */
    void allow(HttpServerRequest request) {
        if (origins.isEmpty()) {
            return;
        }
        HttpServerResponse response = request.response().putHeader(HttpHeaders.VARY, "Origin");
        @Nullable String origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null && origins.lists(origin)) {
            expose(response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, origin)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true"));
        }
    }

    /** Allows pages of all origins to read the answer, without credentials. A configured origin keeps its own permission. */
    static void allowAnyone(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (!response.headers().contains(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN)) {
            expose(response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, ANYONE));
        }
    }

    /** Allows a page to read why its request is malformed. Its origin may be unknown, since it may be in the malformed part. */
    void allowMalformed(HttpServerRequest request) {
        allow(request);
        if (!origins.isEmpty() && request.getHeader(HttpHeaders.ORIGIN) == null) {
            allowAnyone(request);
        }
    }

    private static void expose(HttpServerResponse response) {
        response.putHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, "Retry-After, " + RequestId.HEADER);
    }

    /**
     * Answers a preflight request, which a browser sends before a request that a form could not make. All header fields are
     * allowed.
     */
    static Future<Void> preflight(HttpServerRequest request, List<String> allowed) {
        String methods = String.join(", ", allowed);
        HttpServerResponse response = request.response().setStatusCode(204).putHeader(HttpHeaders.ALLOW, methods);
        if (response.headers().contains(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN)) {
            response.putHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, methods)
                    .putHeader(HttpHeaders.ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECONDS);
            @Nullable String asked = request.getHeader(HttpHeaders.ACCESS_CONTROL_REQUEST_HEADERS);
            response.putHeader(
                    HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS,
                    asked != null && FIELD_NAMES.matcher(asked).matches() ? asked : USUAL_HEADERS);
        }
        return response.end();
    }
}
