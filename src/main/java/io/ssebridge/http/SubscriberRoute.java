package io.ssebridge.http;

import io.ssebridge.access.Grant;
import io.ssebridge.control.Extension;
import io.ssebridge.control.StreamControl;
import io.ssebridge.control.SubscriberId;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code POST /subscribers/{id}/token}: extends an open stream by a new token. The stream may be on any node. */
final class SubscriberRoute {
    private final RequestAuthenticator authenticator;
    private final SessionRoute sessions;
    private final StreamControl control;
    private final NodeClock clock;

    SubscriberRoute(RequestAuthenticator authenticator, SessionRoute sessions, StreamControl control, NodeClock clock) {
        this.authenticator = authenticator;
        this.sessions = sessions;
        this.control = control;
        this.clock = clock;
    }

    Future<Void> extend(HttpServerRequest request, RequestTarget target) {
        authenticator.checkOrigin(request);
        String token = RequestAuthenticator.bearer(request);
        if (authenticator.readsTokens() && token == null) {
            // The cookie has the old token.
            throw Problem.tokenNeeded(null);
        }
        return caller(request, target).compose(fresh -> {
            if (!fresh.expires().isAfter(clock.instant())) {
                throw Problem.badToken("expired");
            }
            Optional<Problem> noCookie = token == null ? Optional.empty() : sessions.refusal(request, token);
            return control.extend(id(target), fresh, noCookie.isEmpty()).compose(result -> {
                if (result instanceof Extension.CookieRefused && noCookie.isPresent()) {
                    throw noCookie.get();
                }
                return answer(request, target, token, fresh, result);
            });
        });
    }

    private Future<Grant> caller(HttpServerRequest request, RequestTarget target) {
        return authenticator.caller(request, target).map(caller -> caller.orElseThrow(() -> Problem.tokenNeeded(null)));
    }

    private static SubscriberId id(RequestTarget target) {
        return SubscriberId.parse(target.segments().get(1)).orElseThrow(Problem::noSubscriber);
    }

    private Future<Void> answer(
            HttpServerRequest request, RequestTarget target, @Nullable String token, Grant fresh, Extension result) {
        if (result instanceof Extension.Extended extended) {
            if (extended.byCookie() && token != null) {
                sessions.set(request, token, fresh);
            }
            return answer(
                    request,
                    new JsonObject()
                            .put("subscriber", target.segments().get(1))
                            .put("expires", extended.expires().toString()));
        }
        if (result instanceof Extension.AccessLost lost) {
            throw Problem.forbidden(lost.reason() + ", so the stream has been ended", lost.channel());
        }
        throw result instanceof Extension.Anonymous ? Problem.anonymousStream() : Problem.noSubscriber();
    }

    private static Future<Void> answer(HttpServerRequest request, JsonObject json) {
        return request.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end(json.toBuffer());
    }
}
