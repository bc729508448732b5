package io.ssebridge.http;

import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.Grant;
import io.ssebridge.access.Origins;
import io.ssebridge.access.TokenVerifier;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
import java.util.Arrays;
import java.util.List;
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
        boolean acts = !SAFE.contains(request.method()) || !cookies(request).isEmpty();
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
        HttpServerResponse response = request.response();
        return verifier.verify(token, client(request), response::closed)
                .compose(verdict -> verdict.fold(
                        grant -> Future.succeededFuture(Optional.of(grant)),
                        reason -> Future.failedFuture(Problem.badToken(reason)),
                        () -> Future.failedFuture(Problem.tokensWait())));
    }

    /** The client as far as its address tells: of IPv6 the network, whose addresses are as good as one. */
    static String client(HttpServerRequest request) {
        SocketAddress remote = request.remoteAddress();
        String host = remote == null ? null : remote.hostAddress();
        return host == null ? "" : client(host);
    }

    /** The same of an address as the JDK writes it. */
    static String client(String host) {
        if (host.indexOf(':') < 0) {
            return host;
        }
        // Eight groups, none left out.
        String[] groups = host.split(":", 5);
        return groups.length < 5 ? host : String.join(":", Arrays.copyOf(groups, 4));
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
        return cookies(request).stream().findFirst().orElse(null);
    }

    /**
     * The token in the {@code Authorization} header.
     *
     * @throws Problem if the header holds something else
     */
    static @Nullable String bearer(HttpServerRequest request) {
        List<String> headers = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        if (headers.isEmpty()) {
            return null;
        }
        if (headers.size() > 1) {
            throw Problem.badToken("Authorization comes more than once");
        }
        String header = headers.get(0);
        if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw Problem.badToken("Authorization is not of the scheme Bearer");
        }
        return header.substring(7).strip();
    }

    // By hand: Vert.x overlooks a cookie whose value is malformed, and a bad token must not pass for none.
    private List<String> cookies(HttpServerRequest request) {
        String start = options.cookie() + "=";
        return request.headers().getAll(HttpHeaders.COOKIE).stream()
                .flatMap(header -> Arrays.stream(header.split(";", -1)))
                .map(String::strip)
                .filter(cookie -> cookie.startsWith(start))
                .map(cookie -> cookie.substring(start.length()))
                .toList();
    }
}
