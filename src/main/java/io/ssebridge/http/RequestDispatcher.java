package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entry of every request. It refuses requests that routers, handlers and proxies could each read differently,
 * before other code sees them. It also answers all failures.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class RequestDispatcher {
    private final List<String> base;
    private final boolean demo;
    private final Cors cors;
    private final List<Endpoint> endpoints;
    private final Endpoint.Answer webroot;
    private final FailureHandler failureHandler;
    private final DateHeader date;

    /**
     * Creates the entry.
     *
     * @param path the prefix of all paths
     * @param demo whether only requests to host names of this machine are answered
     * @param cors for pages of other origins
     * @param endpoints the handlers, each for its path
     * @param webroot answers requests for all other paths
     * @param failureHandler answers the requests that fail
     * @param clock the time for the header {@code Date}
     */
    RequestDispatcher(
            String path,
            boolean demo,
            Cors cors,
            List<Endpoint> endpoints,
            Endpoint.Answer webroot,
            FailureHandler failureHandler,
            NodeClock clock) {
        List<String> segments = RequestTarget.parse(path).segments();
        this.base = segments.subList(0, segments.size() - 1);
        this.demo = demo;
        this.cors = cors;
        this.endpoints = List.copyOf(endpoints);
        this.webroot = webroot;
        this.failureHandler = failureHandler;
        this.date = new DateHeader(clock);
    }

    /** Answers a request. */
    void handle(HttpServerRequest request) {
        try {
            answer(request).onFailure(failure -> failureHandler.fail(request, failure));
        } catch (RuntimeException | Error failure) {
            failureHandler.fail(request, failure);
        }
    }

    /** Answers a request that is malformed or too large to be parsed. */
    void refuse(HttpServerRequest request) {
        request.response().putHeader(HttpHeaders.DATE, date.value());
        cors.allowMalformed(request);
        failureHandler.fail(request, Problem.malformed(request.decoderResult().cause()));
    }

    private Future<Void> answer(HttpServerRequest request) {
        request.response().putHeader("X-Content-Type-Options", "nosniff").putHeader(HttpHeaders.DATE, date.value());
        cors.allow(request);
        checkFraming(request);
        if (request.method().equals(HttpMethod.OPTIONS) && request.uri().equals("*")) {
            // https://www.rfc-editor.org/rfc/rfc9110.html#name-options
            return Cors.preflight(request, List.of("GET", "HEAD", "POST", "DELETE"));
        }
        RequestTarget target = target(request);
        if (demo && !Origins.isLoopbackName(RequestAuthenticator.host(request))) {
            throw Problem.foreignHost();
        }
        checkHost(request.getHeader(HttpHeaders.HOST));
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

    private static void checkHost(@Nullable String host) {
        if (host != null && !host.isEmpty() && HostAndPort.parseAuthority(host, -1) == null) {
            throw Problem.badRequest("Host: is not a name or an address, with or without a port");
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
