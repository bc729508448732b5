package io.ssebridge.http;

import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.Caller;
import io.ssebridge.access.Grant;
import io.ssebridge.access.Origins;
import io.ssebridge.access.TokenVerifier;
import io.ssebridge.request.Problem;
import io.ssebridge.request.RequestTarget;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.WebServerRequest;
import io.vertx.ext.web.handler.HttpException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Identifies the caller of a request: finds the token in the request and has it checked. */
final class RequestAuthenticator {
    /** The query parameter that may carry a token. */
    static final String ACCESS_TOKEN = "access_token";

    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    // The scheme alone, without a token, is a bad token.
    private static final Pattern BEARER = Pattern.compile("Bearer(?=\\s|$)", Pattern.CASE_INSENSITIVE);
    private static final int BEARER_LENGTH = "Bearer".length();

    private final TokenVerifier verifier;
    private final AuthOptions options;
    private final Origins origins;
    private final Clients clients;
    private final Optional<Function<RoutingContext, Future<Caller>>> callers;

    private record CarriedToken(String token, boolean byCookie) {}

    /**
     * Creates an authenticator.
     *
     * @param clients tells where a request comes from
     * @param callers as in {@link ServerContext}
     */
    RequestAuthenticator(
            TokenVerifier verifier,
            AuthOptions options,
            Origins origins,
            Clients clients,
            Optional<Function<RoutingContext, Future<Caller>>> callers) {
        this.verifier = verifier;
        this.options = options;
        this.origins = origins;
        this.clients = clients;
        this.callers = callers;
    }

    /**
     * Refuses a request of a foreign page that carries the user's cookie, or that changes something (<a
     * href="https://fetch.spec.whatwg.org/#origin-header">Origin</a>). Programs outside browsers send no origin.
     *
     * @throws Problem if the request is refused
     */
    void checkOrigin(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        // An application may know the user by any of its cookies.
        boolean acts = !SAFE.contains(request.method())
                || callers.isPresent()
                || !cookies(request).isEmpty();
        if (origin != null
                && acts
                && !origins.allows(origin, clients.host(request), clients.isSecure(request))
                && !isSameOrigin(request, origin)) {
            throw Problem.foreignOrigin();
        }
    }

    /**
     * Whether the browser says that the page is of this origin, which no page can pretend (<a
     * href="https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header">Sec-Fetch-Site</a>). It decides only where a proxy
     * has taken the port out of {@code Host}.
     */
    private boolean isSameOrigin(HttpServerRequest request, String origin) {
        return "same-origin".equals(request.getHeader("Sec-Fetch-Site"))
                && Origins.isSameHost(origin, clients.host(request));
    }

    /**
     * Checks the request's token and returns its grant.
     *
     * @param request the request
     * @param target its target
     * @return the grant; empty if the request has no token. Fails with a {@link Problem} if the token is invalid: such
     *     a request is refused, not treated as anonymous
     */
    Future<Optional<Grant>> caller(HttpServerRequest request, RequestTarget target) {
        if (callers.isPresent()) {
            return request instanceof WebServerRequest web
                    ? callers.get()
                            .apply(web.routingContext())
                            .map(Caller::grant)
                            .recover(RequestAuthenticator::unknown)
                    : Future.failedFuture(Problem.badRequest("Host: missing, so that no router has taken the request"));
        }
        CarriedToken carried;
        try {
            carried = token(request, target);
        } catch (Problem e) {
            return Future.failedFuture(e);
        }
        if (carried == null) {
            return Future.succeededFuture(Optional.empty());
        }
        HttpServerResponse response = request.response();
        return verifier.verify(carried.token(), clients.address(request), response::closed)
                .compose(verdict -> verdict.fold(
                        grant -> Future.succeededFuture(Optional.of(grant)),
                        reason -> Future.failedFuture(refuse(request, carried, reason)),
                        () -> Future.failedFuture(Problem.tokensWait()),
                        () -> Future.failedFuture(Problem.noKeysYet())));
    }

    /** Returns whether callers are known by their tokens, and not by the application. */
    boolean readsTokens() {
        return callers.isEmpty();
    }

    /**
     * Returns whether the token of a request comes in the session cookie.
     *
     * @param request a request with an accepted token
     */
    boolean isByCookie(HttpServerRequest request, RequestTarget target) {
        CarriedToken carried = readsTokens() ? token(request, target) : null;
        return carried != null && carried.byCookie();
    }

    /** Tells why the application does not know the caller: by the status that it gives, if it gives one. */
    private static Future<Optional<Grant>> unknown(Throwable failure) {
        return Future.failedFuture(
                failure instanceof HttpException refused && refused.getStatusCode() == 401
                        ? Problem.badToken(String.valueOf(refused.getPayload()))
                        : failure);
    }

    private Problem refuse(HttpServerRequest request, CarriedToken carried, String reason) {
        if (carried.byCookie() && !request.response().headWritten()) {
            // Otherwise the browser would send the bad token with each request.
            SessionCookie.forget(request.response(), options.cookie(), clients.isSecure(request));
        }
        return Problem.badToken(reason);
    }

    private @Nullable CarriedToken token(HttpServerRequest request, RequestTarget target) {
        String bearer = bearer(request);
        if (bearer != null) {
            return new CarriedToken(bearer, false);
        }
        if (options.accessTokenParameter()) {
            Optional<String> parameter = target.all(ACCESS_TOKEN).stream().findFirst();
            if (parameter.isPresent()) {
                return new CarriedToken(parameter.get(), false);
            }
        }
        return cookies(request).stream()
                .findFirst()
                .map(cookie -> new CarriedToken(cookie, true))
                .orElse(null);
    }

    /**
     * Returns the token in the {@code Authorization} header. Another scheme belongs to a proxy or a site around the
     * bridge, and is ignored.
     *
     * @return null if there is no header with the scheme Bearer
     * @throws Problem if there are several such headers
     */
    static @Nullable String bearer(HttpServerRequest request) {
        List<String> headers = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        if (headers.size() > 1) {
            throw Problem.badToken("there is more than one Authorization header");
        }
        return headers.isEmpty() || !BEARER.matcher(headers.get(0)).lookingAt()
                ? null
                : headers.get(0).substring(BEARER_LENGTH).strip();
    }

    // Parsed here, because Vert.x ignores a cookie with a malformed value. A request with a bad token must be refused,
    // not treated as anonymous.
    private List<String> cookies(HttpServerRequest request) {
        String start = options.cookie().name() + "=";
        return request.headers().getAll(HttpHeaders.COOKIE).stream()
                .flatMap(header -> Arrays.stream(header.split(";", -1)))
                .map(String::strip)
                .filter(cookie -> cookie.startsWith(start))
                .map(cookie -> cookie.substring(start.length()))
                .toList();
    }
}
