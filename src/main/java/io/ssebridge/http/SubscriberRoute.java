package io.ssebridge.http;

import io.ssebridge.access.Grant;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.control.Extension;
import io.ssebridge.control.StreamControl;
import io.ssebridge.control.SubjectChannels;
import io.ssebridge.control.SubscriberId;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.request.Problem;
import io.ssebridge.request.QueryParameters;
import io.ssebridge.request.RequestTarget;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Requests about open streams, which may be on any node: {@code POST /subscribers/{id}/token} extends one by a new token,
 * {@code GET /subscribers/{id}} describes one, {@code DELETE /subscribers/{id}} disconnects one, and {@code DELETE /subscribers} those of a subject.
 */
final class SubscriberRoute {
    private final RequestAuthenticator authenticator;
    private final SessionRoute sessions;
    private final StreamControl control;
    private final LimitOptions limits;
    private final NodeClock clock;

    SubscriberRoute(
            RequestAuthenticator authenticator,
            SessionRoute sessions,
            StreamControl control,
            LimitOptions limits,
            NodeClock clock) {
        this.authenticator = authenticator;
        this.sessions = sessions;
        this.control = control;
        this.limits = limits;
        this.clock = clock;
    }

    /** Describes one stream, for its own subject or an administrator of all its channels. */
    private Future<Void> explain(HttpServerRequest request, RequestTarget target) {
        authenticator.checkOrigin(request);
        return caller(request, target)
                .compose(grant -> control.explain(id(target), grant))
                .compose(found -> answer(request, found.orElseThrow(Problem::noSubscriber)));
    }

    /** Answers the requests for one stream. */
    Future<Void> one(HttpServerRequest request, RequestTarget target) {
        return request.method().equals(HttpMethod.DELETE) ? disconnect(request, target) : explain(request, target);
    }

    /** Disconnects one stream, for its own subject or an administrator of all its channels. */
    private Future<Void> disconnect(HttpServerRequest request, RequestTarget target) {
        authenticator.checkOrigin(request);
        return caller(request, target)
                .compose(grant -> control.disconnect(id(target), Optional.of(grant)))
                .compose(ended -> {
                    if (!ended) {
                        throw Problem.noSubscriber();
                    }
                    return answer(request, StreamControl.disconnected(1));
                });
    }

    /** Disconnects the streams of a subject from some channels, or from all that the administrator's patterns cover. */
    Future<Void> disconnectSubject(HttpServerRequest request, RequestTarget target) {
        String subject = QueryParameters.first(target, "sub")
                .filter(text -> !text.isEmpty())
                .orElseThrow(() -> Problem.badRequest("sub: is missing"));
        List<ChannelName> channels = channels(target);
        authenticator.checkOrigin(request);
        return caller(request, target)
                .compose(admin -> control.disconnect(scope(subject, channels, admin)))
                .compose(streams -> answer(request, StreamControl.disconnected(streams)));
    }

    private List<ChannelName> channels(RequestTarget target) {
        List<String> names = target.all("channel");
        if (names.size() > limits.channelsPerStream()) {
            throw Problem.badRequest(
                    "channel: %d channels (expected: at most %d)".formatted(names.size(), limits.channelsPerStream()));
        }
        try {
            return names.stream().map(ChannelName::new).distinct().toList();
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static SubjectChannels scope(String subject, List<ChannelName> channels, Grant admin) {
        for (ChannelName channel : channels) {
            if (!admin.mayAdminister(channel)) {
                throw Problem.forbidden("the token's admin patterns do not cover the channel", channel.value());
            }
        }
        if (!channels.isEmpty()) {
            return SubjectChannels.of(subject, channels);
        }
        if (admin.administered().isEmpty()) {
            throw Problem.forbidden("the token has no admin patterns");
        }
        return new SubjectChannels(subject, admin.administered());
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
            // Refused here, and the stream goes on, if the properties are too large.
            var unused = ChannelAccess.profile(Optional.of(fresh));
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
