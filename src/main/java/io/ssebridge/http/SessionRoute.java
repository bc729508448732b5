package io.ssebridge.http;

import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.Grant;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;

/**
 * {@code POST /session} turns a Bearer token into the session cookie, because an EventSource cannot send custom
 * headers. {@code DELETE /session} deletes the cookie.
 */
final class SessionRoute {
    // Browsers silently drop larger cookies.
    private static final int MAX_TOKEN_BYTES = 4_000;

    private final Callers callers;
    private final AuthOptions options;
    private final NodeClock clock;

    SessionRoute(Callers callers, AuthOptions options, NodeClock clock) {
        this.callers = callers;
        this.options = options;
        this.clock = clock;
    }

    Future<Void> handle(HttpServerRequest request, RequestTarget target) {
        callers.checkOrigin(request);
        if (request.method().equals(HttpMethod.DELETE)) {
            answer(request, "", Duration.ZERO);
            return Future.succeededFuture();
        }
        String token = Callers.bearer(request);
        if (token == null) {
            throw Problem.tokenNeeded(null);
        }
        return callers.caller(request, target).map(caller -> {
            start(request, token, caller.orElseThrow());
            return null;
        });
    }

    /** Sends a token to the client as its session cookie. */
    void start(HttpServerRequest request, String token, Grant grant) {
        if (token.length() > MAX_TOKEN_BYTES) {
            throw Problem.badRequest("the token has %d bytes, too many for a cookie (expected: at most %d)"
                    .formatted(token.length(), MAX_TOKEN_BYTES));
        }
        answer(request, token, Duration.between(clock.instant(), grant.expires()));
    }

    private void answer(HttpServerRequest request, String value, Duration maxAge) {
        Cookie cookie = Cookie.cookie(options.cookie(), value)
                .setPath("/")
                .setHttpOnly(true)
                .setSameSite(CookieSameSite.LAX)
                .setSecure(request.isSSL())
                .setMaxAge(Math.max(0, maxAge.toSeconds()));
        request.response()
                .setStatusCode(204)
                .putHeader("Cache-Control", "no-store")
                .addCookie(cookie)
                .end();
    }
}
