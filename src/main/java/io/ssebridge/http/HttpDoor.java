package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;

/**
 * The entry of every request. It refuses requests that routers, handlers and proxies could each read differently,
 * before other code sees them. It also answers all failures.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class HttpDoor {
    private final List<String> base;
    private final boolean demo;
    private final Cors cors;
    private final List<Endpoint> endpoints;
    private final Endpoint.Answer webroot;

    /**
     * Creates the entry.
     *
     * @param path the prefix of all paths
     * @param demo whether only requests to host names of this machine are answered
     * @param cors for pages of other origins
     * @param endpoints the handlers, each for its path
     * @param webroot answers requests for all other paths
     */
    HttpDoor(String path, boolean demo, Cors cors, List<Endpoint> endpoints, Endpoint.Answer webroot) {
        List<String> segments = RequestTarget.parse(path).segments();
        this.base = segments.subList(0, segments.size() - 1);
        this.demo = demo;
        this.cors = cors;
        this.endpoints = List.copyOf(endpoints);
        this.webroot = webroot;
    }

    /** Answers a request. */
    void handle(HttpServerRequest request) {
        try {
            answer(request).onFailure(failure -> Answers.fail(request, failure));
        } catch (RuntimeException failure) {
            Answers.fail(request, failure);
        }
    }

    /** Answers a request that is malformed or too large to be parsed. */
    void refuse(HttpServerRequest request) {
        Answers.fail(request, Problem.malformed(request.decoderResult().cause()));
    }

    private Future<Void> answer(HttpServerRequest request) {
        request.response().putHeader("X-Content-Type-Options", "nosniff");
        cors.allow(request);
        checkFraming(request);
        RequestTarget target = target(request);
        if (demo && !Origins.isLoopbackName(Callers.host(request))) {
            throw Problem.foreignHost();
        }
        for (Endpoint endpoint : endpoints) {
            if (endpoint.isAt(target.segments())) {
                return endpoint.answer(request, target);
            }
        }
        return webroot.to(request, target);
    }

    /**
     * Refuses requests that a proxy may have read differently. Otherwise proxy and bridge could disagree on where the
     * next request begins (<a href="https://www.rfc-editor.org/rfc/rfc9112.html#name-request-smuggling">request
     * smuggling</a>).
     */
    private static void checkFraming(HttpServerRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
        if (!codings.isEmpty() && !(codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked"))) {
            throw Problem.unknownCoding();
        }
        int hosts = request.headers().getAll(HttpHeaders.HOST).size();
        if (hosts > 1 || hosts == 0 && request.version() == HttpVersion.HTTP_1_1) {
            throw Problem.badRequest("Host: %d headers (expected: one)".formatted(hosts));
        }
    }

    private RequestTarget target(HttpServerRequest request) {
        RequestTarget target;
        try {
            target = RequestTarget.parse(request.uri());
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
        List<String> segments = target.segments();
        if (segments.size() < base.size() || !segments.subList(0, base.size()).equals(base)) {
            throw Problem.notFound();
        }
        return new RequestTarget(segments.subList(base.size(), segments.size()), target.query());
    }
}
