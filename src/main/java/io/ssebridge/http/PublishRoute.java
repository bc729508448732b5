package io.ssebridge.http;

import io.ssebridge.access.Access;
import io.ssebridge.access.Grant;
import io.ssebridge.bus.BusNode;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Event;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Optional;

/** {@code POST /publish/{channel}}: one event, answered when the channel's leader has kept and announced it. */
final class PublishRoute {
    // JSON can write one byte as six, as a Unicode escape, and has a few fields around the data.
    private static final int JSON_FACTOR = 6;
    private static final int JSON_FIELDS = 1_024;

    private final Callers callers;
    private final ChannelRules rules;
    private final BusNode node;
    private final BodyReader bodies;

    PublishRoute(Vertx vertx, Callers callers, ChannelRules rules, BusNode node, int maxEventBytes) {
        this.callers = callers;
        this.rules = rules;
        this.node = node;
        this.bodies = new BodyReader(vertx, JSON_FACTOR * maxEventBytes + JSON_FIELDS);
    }

    Future<Void> handle(HttpServerRequest request, RequestTarget target) {
        ChannelName channel = channel(target);
        callers.checkOrigin(request);
        // Until we know who sends it, the body waits outside: strangers must not fill our memory.
        request.pause();
        return callers.caller(request, target)
                .compose(caller -> authorised(channel, caller))
                .compose(authorised -> bodies.read(request))
                .compose(body -> publish(request, channel, body));
    }

    private static ChannelName channel(RequestTarget target) {
        List<ChannelName> channels = ChannelAccess.channels(target, 1);
        if (channels.size() != 1) {
            throw Problem.badRequest("channel: %d are named (expected: one)".formatted(channels.size()));
        }
        return channels.get(0);
    }

    private Future<Void> authorised(ChannelName channel, Optional<Grant> caller) {
        ChannelAccess.check(rules, List.of(channel), caller, Access::publish);
        return Future.succeededFuture();
    }

    private Future<Void> publish(HttpServerRequest request, ChannelName channel, Buffer body) {
        Event event = EventReader.read(request.getHeader(HttpHeaders.CONTENT_TYPE), body);
        return node.publish(channel, event, null)
                .onSuccess(published -> request.response()
                        .setStatusCode(201)
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .end(published.toJson().encode()))
                .mapEmpty();
    }
}
