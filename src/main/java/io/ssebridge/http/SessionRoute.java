package io.ssebridge.http;

import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.CookieOptions;
import io.ssebridge.access.Grant;
import io.ssebridge.access.Origins;
import io.ssebridge.request.Problem;
import io.ssebridge.request.RequestTarget;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Optional;

/**
 * {@code POST /session} turns a Bearer token into the session cookie, because an EventSource cannot send custom
 * headers. {@code DELETE /session} deletes the cookie.
 */
final class SessionRoute {
    // Browsers silently drop larger cookies.
    private static final int MAX_TOKEN_BYTES = 4_000;

    private final RequestAuthenticator authenticator;
    private final AuthOptions options;
    private final Clients clients;
    private final NodeClock clock;

    SessionRoute(RequestAuthenticator authenticator, AuthOptions options, Clients clients, NodeClock clock) {
        this.authenticator = authenticator;
        this.options = options;
        this.clients = clients;
        this.clock = clock;
    }

    Future<Void> handle(HttpServerRequest request, RequestTarget target) {
        authenticator.checkOrigin(request);
        if (request.method().equals(HttpMethod.DELETE)) {
            SessionCookie.forget(request.response(), options.cookie(), clients.isSecure(request));
            answer(request.response());
            return Future.succeededFuture();
        }
        String token = RequestAuthenticator.bearer(request);
        if (token == null) {
            throw Problem.tokenNeeded(null);
        }
        return authenticator.caller(request, target).map(caller -> {
            start(request, token, caller.orElseThrow());
            return null;
        });
    }

    /** Answers with a token as the session cookie of the client. */
    void start(HttpServerRequest request, String token, Grant grant) {
        Optional<Problem> refusal = refusal(request, token);
        if (refusal.isPresent()) {
            throw refusal.get();
        }
        set(request, token, grant);
        answer(request.response());
    }

    /** Adds a token to the response as the session cookie of the client. */
    void set(HttpServerRequest request, String token, Grant grant) {
        SessionCookie.set(
                request.response(),
                options.cookie(),
                clients.isSecure(request),
                token,
                Duration.between(clock.instant(), grant.expires()));
    }

    /**
     * Tells why a token cannot be the session cookie of a client. Such a cookie would fail later without a word: browsers drop
     * large cookies, and add a {@code Lax} or {@code Strict} cookie to no request of a page of another site.
     */
    Optional<Problem> refusal(HttpServerRequest request, String token) {
        if (token.length() > MAX_TOKEN_BYTES) {
            return Optional.of(Problem.badRequest("the token has %d bytes, too many for a cookie (expected: at most %d)"
                    .formatted(token.length(), MAX_TOKEN_BYTES)));
        }
        boolean isForeign = options.cookie().sameSite() != CookieOptions.SameSite.NONE
                && "cross-site".equals(request.getHeader("Sec-Fetch-Site"));
        if (isForeign) {
            return Optional.of(Problem.badRequest(
                    ("auth.cookie.sameSite: %s, and the page is on another site, so that its browser would not "
                                    + "send the cookie (expected: None, with secure: true)")
                            .formatted(options.cookie().sameSite().word())));
        }
        return isDropped(request)
                ? Optional.of(Problem.badRequest("auth.cookie.secure: true, and the page came over plain HTTP, so that "
                        + "its browser would not keep the cookie (expected: https)"))
                : Optional.empty();
    }

    /**
     * Tells whether the page of this server came over plain HTTP, so that its browser drops a secure cookie, except on this
     * machine. Behind a proxy that ends TLS, the page's origin is {@code https}. To a server over TLS, browsers also
     * send <a href="https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header">Sec-Fetch-Site</a>.
     */
    private boolean isDropped(HttpServerRequest request) {
        String host = clients.host(request);
        return options.cookie().secure().orElse(false)
                && !clients.isSecure(request)
                && ("http://" + host).equals(request.getHeader(HttpHeaders.ORIGIN))
                && request.getHeader("Sec-Fetch-Site") == null
                && !Origins.isLoopbackName(host);
    }

    private static void answer(HttpServerResponse response) {
        response.setStatusCode(204).putHeader("Cache-Control", "no-store").end();
    }
}
