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

/** Identifies the caller of a request: finds the token in the request and has it checked. */
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
     * Refuses a request of a foreign page that carries the user's cookie, or that changes something (<a
     * href="https://fetch.spec.whatwg.org/#origin-header">Origin</a>). Programs outside browsers send no origin.
     *
     * @throws Problem if the request is refused
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
     * Checks the request's token and returns its grant.
     *
     * @param request the request
     * @param target its target
     * @return the grant; empty if the request has no token. Fails with a {@link Problem} if the token is invalid: such
     *     a request is refused, not treated as anonymous
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

    /**
     * Returns the key of a client's address. For IPv6 it is the network of 64 bits, since one client can use all its
     * addresses.
     */
    static String client(HttpServerRequest request) {
        SocketAddress remote = request.remoteAddress();
        String host = remote == null ? null : remote.hostAddress();
        return host == null ? "" : client(host);
    }

    /** Returns the key of an address in the JDK's notation. */
    static String client(String host) {
        if (host.indexOf(':') < 0) {
            return host;
        }
        // The JDK writes all eight groups of an IPv6 address.
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
     * Returns the token in the {@code Authorization} header.
     *
     * @throws Problem if there are several such headers, or the scheme is not Bearer
     */
    static @Nullable String bearer(HttpServerRequest request) {
        List<String> headers = request.headers().getAll(HttpHeaders.AUTHORIZATION);
        if (headers.isEmpty()) {
            return null;
        }
        if (headers.size() > 1) {
            throw Problem.badToken("there is more than one Authorization header");
        }
        String header = headers.get(0);
        if (!header.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw Problem.badToken("the scheme of the Authorization header is not Bearer");
        }
        return header.substring(7).strip();
    }

    // Parsed here, because Vert.x ignores a cookie with a malformed value. A request with a bad token must be refused,
    // not treated as anonymous.
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
