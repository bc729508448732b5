package io.ssebridge.http;

import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.CookieOptions;
import io.ssebridge.access.Grant;
import io.ssebridge.request.Problem;
import io.ssebridge.request.RequestTarget;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/**
 * {@code POST /session} turns a Bearer token into the session cookie, because an EventSource cannot send custom
 * headers. {@code DELETE /session} deletes the cookie.
 */
final class SessionRoute {
    // Browsers silently drop larger cookies.
    private static final int MAX_TOKEN_BYTES = 4_000;

    private final RequestAuthenticator authenticator;
    private final AuthOptions options;
    private final NodeClock clock;

    SessionRoute(RequestAuthenticator authenticator, AuthOptions options, NodeClock clock) {
        this.authenticator = authenticator;
        this.options = options;
        this.clock = clock;
    }

    Future<Void> handle(HttpServerRequest request, RequestTarget target) {
        authenticator.checkOrigin(request);
        if (request.method().equals(HttpMethod.DELETE)) {
            SessionCookie.forget(request.response(), options.cookie());
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

    /** Sends a token to the client as its session cookie. */
    void start(HttpServerRequest request, String token, Grant grant) {
        if (token.length() > MAX_TOKEN_BYTES) {
            throw Problem.badRequest("the token has %d bytes, too many for a cookie (expected: at most %d)"
                    .formatted(token.length(), MAX_TOKEN_BYTES));
        }
        checkSite(request);
        SessionCookie.set(request, options.cookie(), token, Duration.between(clock.instant(), grant.expires()));
        answer(request.response());
    }

    /**
     * Refuses a cookie that would fail later without a word: browsers add a {@code Lax} or {@code Strict} cookie to no request of a
     * page of another site.
     */
    private void checkSite(HttpServerRequest request) {
        if (options.cookie().sameSite() != CookieOptions.SameSite.NONE
                && "cross-site".equals(request.getHeader("Sec-Fetch-Site"))) {
            throw Problem.badRequest(
                    ("auth.cookie.sameSite: %s, and the page is on another site, so that its browser would not "
                                    + "send the cookie (expected: None, with secure: true)")
                            .formatted(options.cookie().sameSite().word()));
        }
    }

    private static void answer(HttpServerResponse response) {
        response.setStatusCode(204).putHeader("Cache-Control", "no-store").end();
    }
}
