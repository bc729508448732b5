package io.ssebridge.http;

import io.ssebridge.access.Access;
import io.ssebridge.access.Grant;
import io.ssebridge.bus.BusNode;
import io.ssebridge.bus.Publication;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Receipt;
import io.ssebridge.event.TraceParent;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.request.BodyBudget;
import io.ssebridge.request.BodyFormat;
import io.ssebridge.request.BodyReader;
import io.ssebridge.request.ContentCoding;
import io.ssebridge.request.EventReader;
import io.ssebridge.request.EventReader.Draft;
import io.ssebridge.request.Problem;
import io.ssebridge.request.QueryParameters;
import io.ssebridge.request.RequestTarget;
import io.ssebridge.request.Utf8Header;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /publish}: publishes one event or several, to one channel or several. Each is answered when it is in the
 * history and announced.
 */
final class PublishRoute {
    // In JSON one byte may become six, as a Unicode escape. The data is surrounded by a few other fields.
    private static final int JSON_FACTOR = 6;
    private static final int JSON_FIELDS = 1_024;
    private static final int ARRAY_BYTES = 1 << 20;
    private static final String KEY_HEADER = "Idempotency-Key";
    /** The query parameters. */
    static final String RAW = "raw";

    static final String EVENT = "event";
    static final String KEY = "key";
    static final String END = "end";
    // The usual size of one receipt in the answer to several events.
    private static final int ANSWER_BYTES = 150;

    private final RequestAuthenticator authenticator;
    private final Clients clients;
    private final ChannelRules rules;
    private final StampedPublisher publisher;
    private final BodyReader texts;
    private final BodyReader json;
    private final BodyBudget budget;
    private final LargeResponses responses;
    private final LimitOptions limits;
    private final Rates rates;
    private final int maxEvents;
    private final BulkRequests bulks;

    PublishRoute(
            Vertx vertx,
            RequestAuthenticator authenticator,
            Clients clients,
            ChannelRules rules,
            BusNode node,
            LimitOptions limits,
            Rates rates,
            FailureHandler failures,
            LargeResponses responses,
            BulkRequests.Open open,
            NodeClock clock) {
        this.authenticator = authenticator;
        this.clients = clients;
        this.rules = rules;
        this.publisher = new StampedPublisher(rules, node);
        this.limits = limits;
        this.rates = rates;
        this.responses = responses;
        this.maxEvents = limits.eventsPerRequest();
        this.texts = new BodyReader(vertx, limits.eventBytes());
        int jsonBytes = Math.max(JSON_FACTOR * limits.eventBytes() + JSON_FIELDS, ARRAY_BYTES);
        this.json = new BodyReader(vertx, jsonBytes);
        this.budget = BodyBudget.ofHeap(jsonBytes);
        this.bulks = new BulkRequests(
                vertx,
                open,
                publisher,
                this::checkAccess,
                failures,
                responses,
                rates,
                budget,
                JSON_FACTOR * limits.eventBytes() + JSON_FIELDS,
                clock);
    }

    /** Returns the requests with many lines that this route begins. */
    BulkRequests bulks() {
        return bulks;
    }

    Future<Void> handle(HttpServerRequest request, RequestTarget target) {
        List<ChannelName> channels = ChannelAccess.channels(rules, target, 1, limits);
        boolean raw = QueryParameters.flag(target, RAW);
        if (channels.size() > maxEvents) {
            throw EventReader.tooManyEvents();
        }
        authenticator.checkOrigin(request);
        // The body is not read before the caller is known: strangers must not fill our memory.
        if (!request.isEnded()) {
            request.pause();
        }
        return authenticator.caller(request, target).compose(caller -> {
            checkAccess(request, channels, caller);
            rates.check(() -> name(request, caller));
            BodyFormat format = format(request, raw);
            ContentCoding coding = ContentCoding.of(request);
            if (format == BodyFormat.LINES) {
                return publishLines(request, target, coding, channels, caller);
            }
            BodyReader bodies = format == BodyFormat.TEXT ? texts : json;
            return bodies.read(request, budget, coding)
                    .compose(body ->
                            publish(request, channels, caller, read(target, format, raw, body, channels.size())));
        });
    }

    private Future<Void> publishLines(
            HttpServerRequest request,
            RequestTarget target,
            ContentCoding coding,
            List<ChannelName> channels,
            Optional<Grant> caller) {
        refuseQuery(target);
        if (key(request) != null) {
            throw Problem.badRequest(KEY_HEADER + ": is for a single event (expected: a key in each line)");
        }
        bulks.open(request, coding, channels, caller, name(request, caller));
        return Future.succeededFuture();
    }

    private EventReader.Body read(RequestTarget target, BodyFormat format, boolean raw, Buffer body, int channels) {
        if (raw || format == BodyFormat.TEXT) {
            String name = QueryParameters.first(target, EVENT).orElse(null);
            String key = QueryParameters.first(target, KEY).orElse(null);
            return EventReader.readRaw(format, body, name, key, QueryParameters.flag(target, END));
        }
        refuseQuery(target);
        return EventReader.read(format, body, maxEvents / channels);
    }

    private static void refuseQuery(RequestTarget target) {
        if (QueryParameters.first(target, EVENT).isPresent()
                || QueryParameters.first(target, KEY).isPresent()
                || QueryParameters.flag(target, END)) {
            throw Problem.badRequest(
                    "query: event, key and end are for text/plain and raw=true (expected: fields of the body)");
        }
    }

    private static BodyFormat format(HttpServerRequest request, boolean raw) {
        BodyFormat format = BodyFormat.of(request, raw);
        if (format == BodyFormat.FORM && RequestAuthenticator.bearer(request) == null) {
            // A form of a foreign page could come with the user's cookie.
            throw Problem.unsupportedMediaType("a form without the header Authorization: Bearer");
        }
        return format;
    }

    private void checkAccess(HttpServerRequest request, List<ChannelName> channels, Optional<Grant> caller) {
        ChannelAccess.check(
                rules,
                channels,
                caller,
                (rule, channel, grant) -> Access.publish(rule, channel, grant, Clients.hasCertificate(request)));
    }

    /** Returns the name of a caller for limits: its subject, or the address of an anonymous one. */
    private String name(HttpServerRequest request, Optional<Grant> caller) {
        return caller.map(grant -> "sub " + grant.subject()).orElseGet(() -> "at " + clients.address(request));
    }

    private Future<Void> publish(
            HttpServerRequest request, List<ChannelName> channels, Optional<Grant> caller, EventReader.Body body) {
        String key = key(request);
        if (key != null && body.isArray()) {
            throw Problem.badRequest(
                    KEY_HEADER + ": is for a single event (expected: a key in each event of the array)");
        }
        String trace = traceparent(request);
        rates.publish(() -> name(request, caller), body.drafts().size() * channels.size());
        if (isLarge(channels, body)) {
            // Before anything is published: a client that is refused later would publish its events again.
            responses.makeRoom(request, body.drafts().size() * channels.size() * ANSWER_BYTES);
        }
        List<Future<Publication>> events = new ArrayList<>(body.drafts().size());
        body.drafts().forEach(draft -> events.add(draft.compose(good -> publication(good, key, trace))));
        return publisher
                .publish(
                        channels,
                        events.stream()
                                .filter(Future::succeeded)
                                .map(Future::result)
                                .toList(),
                        caller)
                .compose(published -> answer(request, channels, body, events, published));
    }

    /**
     * Returns the key in the header. It equals a key in JSON: its bytes are read as UTF-8, and only one header is
     * allowed.
     */
    private static @Nullable String key(HttpServerRequest request) {
        List<String> keys = request.headers().getAll(KEY_HEADER);
        if (keys.size() > 1) {
            throw Problem.badRequest(KEY_HEADER + ": %d headers (expected: one)".formatted(keys.size()));
        }
        return keys.isEmpty() ? null : Utf8Header.text(KEY_HEADER, keys.get(0));
    }

    /** Returns the trace of a request; null if it has none. A header that is not valid, or comes twice, is ignored. */
    static @Nullable String traceparent(HttpServerRequest request) {
        String trace = request.getHeader(TraceParent.NAME);
        return TraceParent.isValid(trace)
                        && request.headers().getAll(TraceParent.NAME).size() == 1
                ? trace
                : null;
    }

    static Future<Publication> publication(Draft draft, @Nullable String headerKey, @Nullable String trace) {
        String key = draft.key();
        if (key != null && headerKey != null && !key.equals(headerKey)) {
            return Future.failedFuture(Problem.badRequest("key: differs from the header " + KEY_HEADER));
        }
        return Future.succeededFuture(
                new Publication(draft.event().withTraceparent(trace), key == null ? headerKey : key));
    }

    /**
     * Answers for each event and channel. The events that were valid have been published; the others keep their
     * problem.
     */
    private Future<Void> answer(
            HttpServerRequest request,
            List<ChannelName> channels,
            EventReader.Body body,
            List<Future<Publication>> events,
            List<Future<Receipt>> published) {
        List<Future<Receipt>> all = Receipts.inOrder(events, channels.size(), published);
        HttpServerResponse response = request.response().putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
        if (isLarge(channels, body)) {
            return responses.end(request, new JsonArray(Receipts.toJson(all, channels)).toBuffer());
        }
        return all.get(0)
                .compose(one -> response.setStatusCode(one.repeated() ? 200 : 201)
                        .end(one.toJson().encode()));
    }

    private static boolean isLarge(List<ChannelName> channels, EventReader.Body body) {
        return body.isArray() || channels.size() > 1;
    }
}
