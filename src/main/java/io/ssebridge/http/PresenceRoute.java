package io.ssebridge.http;

import io.ssebridge.access.Grant;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.PresenceRule;
import io.ssebridge.presence.ChannelScope;
import io.ssebridge.presence.Presence;
import io.ssebridge.request.Problem;
import io.ssebridge.request.QueryParameters;
import io.ssebridge.request.RequestTarget;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * {@code GET /presence/{channel}}: returns the subscribers of a channel to callers that may subscribe. {@code GET /channels}:
 * returns the channels with subscribers to callers that administer channels.
 */
final class PresenceRoute {
    private final RequestAuthenticator authenticator;
    private final ChannelRules rules;
    private final SubscribeAccess access;
    private final Presence presence;
    private final LargeResponses responses;

    PresenceRoute(
            RequestAuthenticator authenticator,
            ChannelRules rules,
            SubscribeAccess access,
            Presence presence,
            LargeResponses responses) {
        this.authenticator = authenticator;
        this.rules = rules;
        this.access = access;
        this.presence = presence;
        this.responses = responses;
    }

    Future<Void> presence(HttpServerRequest request, RequestTarget target) {
        List<ChannelName> channels = ChannelAccess.channels(rules, target, 1);
        if (channels.size() != 1) {
            throw Problem.badRequest("channel: %d channels (expected: one)".formatted(channels.size()));
        }
        authenticator.checkOrigin(request);
        return authenticator
                .caller(request, target)
                .compose(caller -> {
                    access.check(channels, caller);
                    checkKnown(channels.get(0));
                    return access.ask(channels, caller).compose(added -> presence.of(channels.get(0)));
                })
                .compose(found -> answer(request, found));
    }

    private void checkKnown(ChannelName channel) {
        if (rules.find(channel)
                .filter(rule -> rule.presence().kind() == PresenceRule.Kind.NONE)
                .isPresent()) {
            throw Problem.forbidden("its rule has presence: none", channel.value());
        }
    }

    Future<Void> channels(HttpServerRequest request, RequestTarget target) {
        String after = QueryParameters.first(target, "after").orElse("");
        authenticator.checkOrigin(request);
        return authenticator
                .caller(request, target)
                .compose(caller -> presence.channels(scope(caller, after)))
                .compose(found -> answer(request, found));
    }

    private static ChannelScope scope(Optional<Grant> caller, String after) {
        Grant grant = caller.orElseThrow(() -> Problem.tokenNeeded(null));
        if (grant.admin().isEmpty()) {
            throw Problem.forbidden("the token administers no channels");
        }
        return new ChannelScope(grant.admin(), Optional.of(grant.subject()), after);
    }

    private Future<Void> answer(HttpServerRequest request, JsonObject found) {
        request.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        return responses.end(request, found.toBuffer());
    }
}
