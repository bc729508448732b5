package io.ssebridge.http;

import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.Grant;
import io.ssebridge.access.Origins;
import io.ssebridge.access.TokenVerifier;
import io.vertx.core.Future;
import io.vertx.core.http.Cookie;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who sends a request: finds the token among its carriers and has it checked. */
final class Callers {
    private static final Set<HttpMethod> SAFE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    private final TokenVerifier verifier;
    private final AuthOptions options;
    private final Origins origins;

    Callers(TokenVerifier verifier, AuthOptions options, Origins origins) {
        this.verifier = verifier;
        this.options = options;
        this.origins = origins;
    }

    /**
     * Refuses requests that a foreign page makes with the user's cookie, or to change something (<a
     * href="https://fetch.spec.whatwg.org/#origin-header">Origin</a>). Programs send no origin.
     *
     * @throws Problem then
     */
    void checkOrigin(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        boolean acts = !SAFE.contains(request.method()) || cookie(request) != null;
        if (origin != null && acts && !origins.allows(origin, host(request))) {
            throw Problem.foreignOrigin();
        }
    }

    static @Nullable String host(HttpServerRequest request) {
        return request.authority() == null ? null : request.authority().toString();
    }

    /**
     * The grant of the request's token.
     *
     * @param request the request
     * @param target its target
     * @return empty: no token came; failed with a {@link Problem}: one came, and is not good
     */
    Future<Optional<Grant>> caller(HttpServerRequest request, RequestTarget target) {
        String token;
        try {
            token = token(request, target);
        } catch (Problem e) {
            return Future.failedFuture(e);
        }
        if (token == null) {
            return Future.succeededFuture(Optional.empty());
        }
        return verifier.verify(token)
                .compose(verdict -> verdict.fold(
                        grant -> Future.succeededFuture(Optional.of(grant)),
                        reason -> Future.failedFuture(Problem.badToken(reason))));
    }

    private @Nullable String token(HttpServerRequest request, RequestTarget target) {
        String bearer = bearer(request);
        if (bearer != null) {
            return bearer;
        }
        if (options.accessTokenParameter()) {
            Optional<String> parameter = target.all("access_token").stream().findFirst();
            if (parameter.isPresent()) {
                return parameter.get();
            }
        }
        Cookie cookie = cookie(request);
        return cookie == null ? null : cookie.getValue();
    }

    /**
     * The token in the {@code Authorization} header.
     *
     * @throws Problem if the header holds something else
     */
    static @Nullable String bearer(HttpServerRequest request) {
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null) {
            return null;
        }
        if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw Problem.badToken("Authorization is not of the scheme Bearer");
        }
        return header.substring(7).strip();
    }

    private @Nullable Cookie cookie(HttpServerRequest request) {
        return request.getCookie(options.cookie());
    }
}
