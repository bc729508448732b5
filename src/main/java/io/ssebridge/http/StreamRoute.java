package io.ssebridge.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.access.Grant;
import io.ssebridge.bus.Admission;
import io.ssebridge.bus.BusNode;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.control.OpenStream;
import io.ssebridge.control.StreamControl;
import io.ssebridge.control.StreamCount;
import io.ssebridge.control.SubscriberId;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.hook.SnapshotHook;
import io.ssebridge.http1.SocketSink;
import io.ssebridge.http2.Http2Sink;
import io.ssebridge.http2.Http2Streams;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.LoopAudiences;
import io.ssebridge.hub.OpeningEvent;
import io.ssebridge.hub.Owner;
import io.ssebridge.hub.Snapshots;
import io.ssebridge.hub.StartPoint;
import io.ssebridge.hub.StreamForm;
import io.ssebridge.hub.StreamJoin;
import io.ssebridge.request.Accept;
import io.ssebridge.request.Problem;
import io.ssebridge.request.QueryParameters;
import io.ssebridge.request.RequestTarget;
import io.ssebridge.subscriber.EventSink;
import io.ssebridge.subscriber.GzipSink;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.subscriber.Subscribers;
import io.ssebridge.subscriber.Subscribers.Slot;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /stream}: opens an event stream.
 *
 * <p><b>Owner:</b> one event loop. It opens the streams of this loop.
 */
final class StreamRoute {
    private static final Logger LOG = LoggerFactory.getLogger(StreamRoute.class);
    // Small, since its bytes stay in memory even if the client never reads them; a larger frame still fits.
    private static final int WRITE_QUEUE_BYTES = 16 * 1024;

    private static final List<String> LIMITS =
            List.of("subscribers", "connectRate", "newChannelsPerIp", "subscribersPerIp", "subscribersPerSubject");

    // For tests, which check that both ways of writing a stream give the same result.
    private static final boolean PORTABLE = Boolean.getBoolean("io.ssebridge.portable");

    private final Context context;
    private final RequestAuthenticator authenticator;
    private final Clients clients;
    private final ChannelRules rules;
    private final SubscribeAccess access;
    private final BusNode node;
    private final StreamControl control;
    private final Owner owner;
    private final LoopAudiences audiences;
    private final StreamJoin joining;
    private final Subscribers subscribers;
    private final StreamOptions options;
    private final LimitOptions limits;
    private final Rates rates;
    private final boolean compression;
    private final NodeClock clock;
    private final MeterRegistry meters;
    private final LogLimit logLimit;

    /**
     * The client that opens a stream.
     *
     * @param grant its rights
     * @param byCookie whether its token came in the session cookie
     * @param added the properties that services have added, for each channel
     * @param forms the form of its events, for each channel
     */
    private record Client(
            Optional<Grant> grant, boolean byCookie, List<Map<String, Object>> added, List<StreamForm> forms) {}

    StreamRoute(
            Context context,
            RequestAuthenticator authenticator,
            Clients clients,
            ChannelRules rules,
            SubscribeAccess access,
            BusNode node,
            StreamControl control,
            LoopAudiences audiences,
            SnapshotHook snapshots,
            Subscribers subscribers,
            StreamOptions options,
            LimitOptions limits,
            Rates rates,
            boolean compression,
            NodeClock clock,
            MeterRegistry meters) {
        this.context = context;
        this.authenticator = authenticator;
        this.clients = clients;
        this.rules = rules;
        this.access = access;
        this.node = node;
        this.control = control;
        this.owner = new Owner(context);
        this.audiences = audiences;
        this.joining = new StreamJoin(
                node.hubs(),
                node.history(),
                audiences,
                Snapshots.of(context, rules, node.hubs(), audiences, snapshots, options, clock),
                clock);
        this.subscribers = subscribers;
        this.options = options;
        this.limits = limits;
        this.rates = rates;
        this.compression = compression;
        this.clock = clock;
        this.meters = meters;
        // From the start, so that a query of a rate sees the first refusal too.
        LIMITS.forEach(limit -> {
            Counter unused = refusals(meters, limit);
        });
        this.logLimit = new LogLimit(clock);
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
                Client client = new Client(caller, byCookie, added, forms(form, caller, added));
                if (request.response().closed()) {
                    // The client has disconnected during the checks.
                    return Future.succeededFuture();
                }
                return joining.isAfterEnd(channels, start)
                        .compose(isAfterEnd -> isAfterEnd ? end(request) : begin(request, channels, start, client));
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

    private Future<Void> begin(HttpServerRequest request, List<ChannelName> channels, StartPoint start, Client client) {
        if (subscribers.isFull(limits.subscribers())) {
            throw full();
        }
        if (request.method().equals(HttpMethod.HEAD)) {
            head(request);
            return request.response().end();
        }
        Duration rest = rates.connect();
        if (!rest.isZero()) {
            refused("connectRate");
            throw Problem.tooMany(
                    "limits.connectRate: this node opens at most %d streams per second".formatted(limits.connectRate()),
                    rest);
        }
        return admission(request, channels).compose(admission -> admit(request, channels, start, client, admission));
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

    /**
     * Asks the node, unless all channels are known on this event loop. Then no change of thread is needed, which would
     * cost more than the check.
     */
    private Future<Admission> admission(HttpServerRequest request, List<ChannelName> channels) {
        return audiences.haveAll(channels)
                ? Future.succeededFuture(Admission.ADMITTED)
                : node.admit(channels, clients.address(request));
    }

    private Future<Void> admit(
            HttpServerRequest request,
            List<ChannelName> channels,
            StartPoint start,
            Client client,
            Admission admission) {
        if (admission instanceof Admission.OverLimit refused) {
            refused("newChannelsPerIp");
            throw Problem.tooMany(refused.reason(), refused.retryAfter());
        }
        if (request.response().closed()) {
            return Future.succeededFuture();
        }
        Slot slot = subscribers.admit(limits.subscribers()).orElseThrow(this::full);
        return Future.succeededFuture()
                .compose(admitted -> control.count(client.grant().map(Grant::subject), clients.address(request)))
                .compose(count -> {
                    slot.with(counted(count));
                    return sendHead(request);
                })
                .compose(clientIsThere -> {
                    if (clientIsThere) {
                        open(request, channels, start, client, slot);
                    } else {
                        slot.giveBack();
                    }
                    return Future.<Void>succeededFuture();
                })
                .onFailure(failure -> abandon(request, slot, failure));
    }

    /**
     * Gives the slot back after a failure. If the head is out already, ends the response, so that the client comes back.
     */
    private void abandon(HttpServerRequest request, Slot slot, Throwable failure) {
        slot.giveBack();
        HttpServerResponse response = request.response();
        if (response.headWritten() && !response.closed()) {
            warn(failure);
            Http2Streams.abort(request);
        }
    }

    /**
     * Returns what ends the counting of a stream.
     *
     * @throws Problem if the stream is one too many
     */
    private Runnable counted(StreamCount count) {
        if (count instanceof StreamCount.OverLimit over) {
            refused(over.limit());
            throw Problem.tooMany(over.reason());
        }
        return ((StreamCount.Counted) count).release();
    }

    private void refused(String limit) {
        refusals(meters, limit).increment();
    }

    private static Counter refusals(MeterRegistry meters, String limit) {
        return Counter.builder("sse.subscribers.refused")
                .description("Streams that were refused, by the limit")
                .tag("limit", limit)
                .register(meters);
    }

    private Problem full() {
        refused("subscribers");
        return Problem.tooMany("limits.subscribers: this node already has %d streams".formatted(limits.subscribers()));
    }

    /**
     * Writes the head and a first chunk: some clients treat a stream as open only after the first byte of its body.
     *
     * @return completes when both have been sent, which is after the responses to all earlier requests of the
     *     connection; false if the client has disconnected
     */
    private Future<Boolean> sendHead(HttpServerRequest request) {
        Promise<Boolean> sent = Promise.promise();
        head(request);
        HttpServerResponse response = request.response();
        Buffer first = EventEncoder.comment();
        if (request.version() == HttpVersion.HTTP_2) {
            // A client may allow no byte of a body. Then it holds the slot of a stream that does not begin.
            abortLate(request, sent.future());
        }
        // A new task, so that no code of Vert.x or Netty is on the stack when the stream takes over the connection.
        response.write(isCompressed(request) ? GzipSink.first(first) : first)
                .onComplete(written ->
                        context.runOnContext(next -> sent.complete(written.succeeded() && !response.closed())));
        return sent.future();
    }

    private void abortLate(HttpServerRequest request, Future<Boolean> sent) {
        long timer = context.owner().setTimer(options.stalledTimeout().toMillis(), late -> Http2Streams.abort(request));
        sent.onComplete(done -> {
            boolean unused = context.owner().cancelTimer(timer);
        });
    }

    /** Tells whether a stream is compressed. A client of HTTP/1.0 cannot tell a cut from the end. */
    private boolean isCompressed(HttpServerRequest request) {
        return compression
                && request.version() != HttpVersion.HTTP_1_0
                && Accept.allowsGzip(request.headers().getAll(HttpHeaders.ACCEPT_ENCODING));
    }

    private void head(HttpServerRequest request) {
        HttpServerResponse response = request.response();
        if (isTakenOver(request)) {
            // https://www.rfc-editor.org/rfc/rfc9112.html#name-tear-down
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        } else if (request.version() == HttpVersion.HTTP_1_0) {
            // Only the end of the connection ends this response. Vert.x itself would promise to keep the connection
            // open.
            response.headersEndHandler(last -> response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE));
        }
        if (compression) {
            response.headers().add(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        }
        if (isCompressed(request)) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
        } else if (SocketSink.mayCompress(request)) {
            // A compressor per stream costs up to 260 kB, and streams could not share encoded events.
            response.putHeader(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY);
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                // no-transform: a proxy that compresses would delay events.
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform")
                // For nginx, which would otherwise buffer the stream.
                .putHeader("X-Accel-Buffering", "no")
                .setChunked(true)
                .setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
    }

    /**
     * Opens the stream. The head is out before the channels are attached, which may take a moment while leadership
     * moves. A browser that reconnects and gets any status but 200 stops permanently, but it reconnects after a stream
     * that has ended.
     *
     * <p>The client may disconnect at any moment. Everything that is taken for its stream is released by a close
     * handler. The handler is registered directly afterwards, and runs at once if the stream has already ended.
     */
    private void open(
            HttpServerRequest request, List<ChannelName> channels, StartPoint start, Client client, Slot slot) {
        Subscriber subscriber = new Subscriber(sink(request), lifetime(client.grant()), clock.elapsedMillis());
        subscribers.add(subscriber, slot);
        client.grant().ifPresent(grant -> attend(subscriber, channels, grant, client.added()));
        SubscriberId id = SubscriberId.draw(node.id());
        OpenStream stream =
                new OpenStream(id, owner, subscriber, channels, client.grant(), client.byCookie(), clock.instant());
        control.add(stream, rules);
        Event opening = OpeningEvent.of(
                id.text(), channels, client.grant().map(Grant::expires), node.id(), clock.instant(), options);
        joining.join(subscriber, channels, start, client.forms(), opening)
                .onSuccess(begun -> begun.ifPresent(stream::begin))
                .onFailure(this::warn);
    }

    /** Makes the subject a member of its channels; where a service has added properties, with these. */
    private void attend(
            Subscriber subscriber, List<ChannelName> channels, Grant grant, List<Map<String, Object>> added) {
        List<ChannelName> plain = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            if (added.get(i).isEmpty()) {
                plain.add(channels.get(i));
            } else {
                Map<String, Object> all = new LinkedHashMap<>(grant.properties());
                all.putAll(added.get(i));
                node.presence().attend(subscriber, List.of(channels.get(i)), grant.subject(), all);
            }
        }
        node.presence().attend(subscriber, plain, grant.subject(), grant.properties());
    }

    private StreamLifetime lifetime(Optional<Grant> grant) {
        Duration maxAge = options.maxAge();
        return new StreamLifetime(
                grant.map(rights -> rights.expires().toEpochMilli()).orElse(Long.MAX_VALUE),
                maxAge.isZero() ? Long.MAX_VALUE : clock.elapsedMillis() + maxAge.toMillis());
    }

    private EventSink sink(HttpServerRequest request) {
        // Asked first: a connection that is taken over forgets the headers.
        boolean compressed = isCompressed(request);
        EventSink plain = plainSink(request);
        return compressed ? new GzipSink(plain, EventEncoder.comment()) : plain;
    }

    private EventSink plainSink(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            return new Http2Sink(context.owner(), request, options.stalledTimeout());
        }
        return isTakenOver(request) ? SocketSink.takeOver(request) : new ResponseSink(request);
    }

    private static boolean isTakenOver(HttpServerRequest request) {
        return !PORTABLE && request.method().equals(HttpMethod.GET) && SocketSink.suits(request);
    }

    /** Warns at most once a minute, because refused clients come back every few seconds. */
    private void warn(Throwable failure) {
        logLimit.log(() -> {
            if (failure.getStackTrace().length == 0) {
                LOG.warn("Could not open a stream: {} (said at most once a minute)", failure.getMessage());
            } else {
                LOG.error("Could not open a stream (said at most once a minute)", failure);
            }
        });
    }
}
