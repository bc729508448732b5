package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;

/**
 * Every request comes in here: what routers, handlers and proxies could each read in their own way is refused before
 * anything else looks at it; its failure is answered after.
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
     * Opens the door.
     *
     * @param path what all paths begin with
     * @param demo whether to answer only to names of this machine
     * @param cors for pages of other origins
     * @param endpoints what answers, each at its path
     * @param webroot what answers everywhere else
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

    /** Answers what is no HTTP, or too much of it. */
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
     * Refuses what a proxy in front may have understood differently, so that both would not agree on where the next
     * request begins (<a href="https://www.rfc-editor.org/rfc/rfc9112.html#name-request-smuggling">request
     * smuggling</a>).
     */
    private static void checkFraming(HttpServerRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaders.TRANSFER_ENCODING);
        if (!codings.isEmpty() && !(codings.size() == 1 && codings.get(0).equalsIgnoreCase("chunked"))) {
            throw Problem.unknownCoding();
        }
        int hosts = request.headers().getAll(HttpHeaders.HOST).size();
        if (hosts > 1 || hosts == 0 && request.version() == HttpVersion.HTTP_1_1) {
            throw Problem.badRequest("Host: %d of them (expected: one)".formatted(hosts));
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
