package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.ssebridge.request.Problem;
import io.ssebridge.request.RequestTarget;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The entry of every request. It refuses requests that routers, handlers and proxies could each read differently,
 * before other code sees them. It also answers all failures.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class RequestDispatcher {
    private final boolean demo;
    private final Cors cors;
    private final List<Endpoint> endpoints;
    private final FailureHandler failureHandler;
    private final DateHeader date;

    /**
     * Creates the entry.
     *
     * @param demo whether only requests to host names of this machine are answered
     * @param cors for pages of other origins
     * @param endpoints the handlers, each for its path
     * @param failureHandler answers the requests that fail
     * @param clock the time for the header {@code Date}
     */
    RequestDispatcher(
            boolean demo, Cors cors, List<Endpoint> endpoints, FailureHandler failureHandler, NodeClock clock) {
        this.demo = demo;
        this.cors = cors;
        this.endpoints = List.copyOf(endpoints);
        this.failureHandler = failureHandler;
        this.date = new DateHeader(clock);
    }

    /**
     * Answers a request for one of the endpoints, or passes it on.
     *
     * @param mount the path below which the endpoints are
     * @param next called if the path is not that of an endpoint; nothing has been checked or written then
     */
    void handle(HttpServerRequest request, MountPoint mount, Runnable next) {
        guarded(request, () -> {
            Optional<RequestTarget> target = isForWholeServer(request) ? Optional.empty() : below(request, mount);
            Optional<Endpoint> endpoint = target.flatMap(this::endpoint);
            if (target.isEmpty() || endpoint.isEmpty()) {
                next.run();
                return Future.succeededFuture();
            }
            check(request);
            return endpoint.get().answer(request, target.get());
        });
    }

    /**
     * Checks a request as for an endpoint, and has it answered.
     *
     * @param mount the path below which the answer is
     * @param answer answers the request
     */
    void serve(HttpServerRequest request, MountPoint mount, Endpoint.Answer answer) {
        guarded(request, () -> {
            check(request);
            if (isForWholeServer(request)) {
                return Cors.preflight(request, List.of("GET", "HEAD", "POST", "DELETE"));
            }
            return answer.to(request, below(request, mount).orElseThrow(Problem::notFound));
        });
    }

    private void guarded(HttpServerRequest request, Supplier<Future<Void>> answer) {
        try {
            answer.get().onFailure(failure -> failureHandler.fail(request, failure));
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

    private void check(HttpServerRequest request) {
        request.response().putHeader("X-Content-Type-Options", "nosniff").putHeader(HttpHeaders.DATE, date.value());
        cors.allow(request);
        checkFraming(request);
        if (demo && !Origins.isLoopbackName(RequestAuthority.of(request))) {
            throw Problem.foreignHost();
        }
        checkHost(request.getHeader(HttpHeaders.HOST));
    }

    /** Tells whether a request asks about the server as a whole (<a href="https://www.rfc-editor.org/rfc/rfc9110.html#name-options">OPTIONS</a>). */
    private static boolean isForWholeServer(HttpServerRequest request) {
        return request.method().equals(HttpMethod.OPTIONS) && request.uri().equals("*");
    }

    private Optional<Endpoint> endpoint(RequestTarget target) {
        for (Endpoint endpoint : endpoints) {
            if (endpoint.isAt(target.segments())) {
                return Optional.of(endpoint);
            }
        }
        return Optional.empty();
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
        if (host != null && !host.isEmpty() && !RequestAuthority.isValid(host)) {
            throw Problem.badRequest("Host: is not a name or an address, with or without a port");
        }
    }

    /**
     * Returns the part of the target below the mount point.
     *
     * @throws Problem if the target is malformed
     */
    private Optional<RequestTarget> below(HttpServerRequest request, MountPoint mount) {
        RequestTarget target;
        try {
            target = RequestTarget.parse(request.uri());
        } catch (IllegalArgumentException e) {
            check(request);
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
        return mount.rest(target.segments()).map(rest -> new RequestTarget(rest, target.query()));
    }
}
