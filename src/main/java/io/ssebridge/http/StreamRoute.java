package io.ssebridge.http;

import io.ssebridge.access.Grant;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.control.StreamControl;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.StartPoint;
import io.ssebridge.hub.StreamForm;
import io.ssebridge.hub.StreamJoin;
import io.ssebridge.request.Accept;
import io.ssebridge.request.Problem;
import io.ssebridge.request.QueryParameters;
import io.ssebridge.request.RequestTarget;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code GET /stream}: reads a request for an event stream, and checks whether its caller may have the channels. The {@link
 * StreamOpener} opens the stream.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class StreamRoute {
    private final RequestAuthenticator authenticator;
    private final ChannelRules rules;
    private final SubscribeAccess access;
    private final StreamControl control;
    private final StreamJoin joining;
    private final StreamOpener opener;
    private final LimitOptions limits;
    private final NodeClock clock;

    StreamRoute(
            RequestAuthenticator authenticator,
            ChannelRules rules,
            SubscribeAccess access,
            StreamControl control,
            StreamJoin joining,
            StreamOpener opener,
            LimitOptions limits,
            NodeClock clock) {
        this.authenticator = authenticator;
        this.rules = rules;
        this.access = access;
        this.control = control;
        this.joining = joining;
        this.opener = opener;
        this.limits = limits;
        this.clock = clock;
    }

    Future<Void> handle(HttpServerRequest request, RequestTarget target) {
        List<ChannelName> channels = ChannelAccess.channels(rules, target, 1, limits);
        StartPoint start = startPoint(request, target);
        StreamForm form = StreamQuery.form(target);
        if (!Accept.allowsEventStream(request.headers().getAll(HttpHeaders.ACCEPT))) {
            throw Problem.notAcceptable();
        }
        authenticator.checkOrigin(request);
        Future<Void> opened = authenticator.caller(request, target).compose(caller -> {
            caller.ifPresent(this::checkExpiry);
            access.check(channels, caller);
            caller.flatMap(grant -> control.blocked(grant.subject(), channels)).ifPresent(blocked -> {
                throw Problem.disconnected(blocked.channel().value(), blocked.rest());
            });
            boolean byCookie = caller.isPresent() && authenticator.isByCookie(request, target);
            return access.ask(channels, caller).compose(added -> {
                StreamOpener.Client client =
                        new StreamOpener.Client(caller, byCookie, added, forms(form, caller, added));
                if (request.response().closed()) {
                    // The client has disconnected during the checks.
                    return Future.succeededFuture();
                }
                return joining.isAfterEnd(channels, start)
                        .compose(isAfterEnd ->
                                isAfterEnd ? end(request) : opener.begin(request, channels, start, client));
            });
        });
        return opened.recover(refusal -> Shedding.shed(request, start, refusal));
    }

    private static List<StreamForm> forms(StreamForm form, Optional<Grant> caller, List<Map<String, Object>> added) {
        StreamForm personal = form.with(ChannelAccess.profile(caller));
        List<StreamForm> forms = new ArrayList<>(added.size());
        for (Map<String, Object> properties : added) {
            forms.add(properties.isEmpty() ? personal : form.with(ChannelAccess.profile(caller, properties)));
        }
        return forms;
    }

    /** Sends the status that <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#sse-processing-model">stops</a> an EventSource. */
    private static Future<Void> end(HttpServerRequest request) {
        return request.response()
                .setStatusCode(204)
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                .end();
    }

    /**
     * Reads the start from the <a
     * href="https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header">Last-Event-ID</a>
     * header, or otherwise from the query, because some polyfills cannot send headers.
     *
     * @throws Problem if a number or a time is invalid
     */
    private static StartPoint startPoint(HttpServerRequest request, RequestTarget target) {
        // A client without an id yet sends an empty text.
        Optional<String> id = Optional.ofNullable(request.getHeader("Last-Event-ID"))
                .filter(text -> !text.isEmpty())
                .or(() -> QueryParameters.lastEventId(target).filter(text -> !text.isEmpty()));
        return new StartPoint(id, QueryParameters.whole(target, "last"), QueryParameters.sinceMillis(target));
    }

    /** Allows no leeway: a stream ends when its token expires, and the same token must not open it again. */
    private void checkExpiry(Grant grant) {
        if (!grant.expires().isAfter(clock.instant())) {
            throw Problem.badToken("expired");
        }
    }
}
