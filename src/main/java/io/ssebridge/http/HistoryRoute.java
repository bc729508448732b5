package io.ssebridge.http;

import io.ssebridge.access.Grant;
import io.ssebridge.bus.BusNode;
import io.ssebridge.bus.HistoryPage;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.EventFilter;
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
 * {@code GET /history/{channel}}: returns the retained events of a channel, page by page, to callers that may
 * subscribe.
 */
final class HistoryRoute {
    private final RequestAuthenticator authenticator;
    private final ChannelRules rules;
    private final SubscribeAccess access;
    private final BusNode node;
    private final LargeResponses responses;

    HistoryRoute(
            RequestAuthenticator authenticator,
            ChannelRules rules,
            SubscribeAccess access,
            BusNode node,
            LargeResponses responses) {
        this.authenticator = authenticator;
        this.rules = rules;
        this.access = access;
        this.node = node;
        this.responses = responses;
    }

    Future<Void> handle(HttpServerRequest request, RequestTarget target) {
        List<ChannelName> channels = ChannelAccess.channels(rules, target, 1);
        if (channels.size() != 1) {
            throw Problem.badRequest("channel: %d channels (expected: one)".formatted(channels.size()));
        }
        HistoryPage page = page(target);
        authenticator.checkOrigin(request);
        return authenticator
                .caller(request, target)
                .compose(caller -> read(channels, page, caller))
                .compose(events -> answer(request, events));
    }

    private static HistoryPage page(RequestTarget target) {
        try {
            return new HistoryPage(
                    QueryParameters.first(target, "after"),
                    QueryParameters.whole(target, "last"),
                    QueryParameters.sinceMillis(target),
                    QueryParameters.whole(target, "limit").orElse(HistoryPage.DEFAULT_LIMIT));
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private Future<JsonObject> read(List<ChannelName> channels, HistoryPage page, Optional<Grant> caller) {
        access.check(channels, caller);
        return access.ask(channels, caller)
                .compose(added -> node.history(
                        channels.get(0), page, EventFilter.of(ChannelAccess.profile(caller, added.get(0)))));
    }

    private Future<Void> answer(HttpServerRequest request, JsonObject events) {
        request.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
        return responses.end(request, events.toBuffer());
    }
}
