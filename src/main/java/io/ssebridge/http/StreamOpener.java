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
import io.ssebridge.control.StreamReader;
import io.ssebridge.control.SubscriberId;
import io.ssebridge.event.Event;
import io.ssebridge.http2.Http2Streams;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.LoopAudiences;
import io.ssebridge.hub.OpeningEvent;
import io.ssebridge.hub.Owner;
import io.ssebridge.hub.StartPoint;
import io.ssebridge.hub.StreamForm;
import io.ssebridge.hub.StreamJoin;
import io.ssebridge.request.Problem;
import io.ssebridge.subscriber.EventSink;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.subscriber.Subscribers;
import io.ssebridge.subscriber.Subscribers.Slot;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the streams of one event loop, for clients that may have their channels. The steps for a stream:
 *
 * <ol>
 *   <li>The node admits its channels: an address may bring only a limited number of channels into use.
 *   <li>The stream is counted: on the node, and for its subject and its address. If a later step fails, it counts no more.
 *   <li>The {@linkplain StreamResponse head} goes out.
 *   <li>The stream takes over the response, and {@linkplain StreamJoin joins} its channels.
 * </ol>
 *
 * <p><b>Owner:</b> the event loop.
 */
final class StreamOpener {
    private static final Logger LOG = LoggerFactory.getLogger(StreamOpener.class);

    private static final List<String> LIMITS =
            List.of("subscribers", "connectRate", "newChannelsPerIp", "subscribersPerIp", "subscribersPerSubject");

    private final Context context;
    private final Clients clients;
    private final ChannelRules rules;
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
    record Client(Optional<Grant> grant, boolean byCookie, List<Map<String, Object>> added, List<StreamForm> forms) {}

    StreamOpener(
            Context context,
            Clients clients,
            ChannelRules rules,
            BusNode node,
            StreamControl control,
            LoopAudiences audiences,
            StreamJoin joining,
            Subscribers subscribers,
            StreamOptions options,
            LimitOptions limits,
            Rates rates,
            boolean compression,
            NodeClock clock,
            MeterRegistry meters) {
        this.context = context;
        this.clients = clients;
        this.rules = rules;
        this.node = node;
        this.control = control;
        this.owner = new Owner(context);
        this.audiences = audiences;
        this.joining = joining;
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

    /**
     * Opens the stream of a client that may have its channels, or answers that the node has no room for it.
     *
     * @param request the request; a {@code HEAD} request gets the head alone
     * @param channels the channels, without duplicates
     * @param start the point where the stream begins
     * @return fails with a {@link Problem} if a limit is reached
     */
    Future<Void> begin(HttpServerRequest request, List<ChannelName> channels, StartPoint start, Client client) {
        if (subscribers.isFull(limits.subscribers())) {
            throw full();
        }
        if (request.method().equals(HttpMethod.HEAD)) {
            return response(request).end();
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
        StreamResponse response = response(request);
        return Future.succeededFuture()
                .compose(admitted -> control.count(client.grant().map(Grant::subject), clients.address(request)))
                .compose(count -> {
                    slot.with(counted(count));
                    return response.sendHead();
                })
                .compose(clientIsThere -> {
                    if (clientIsThere) {
                        open(response.sink(), channels, start, client, slot);
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

    private StreamResponse response(HttpServerRequest request) {
        return new StreamResponse(context, request, compression, options.stalledTimeout());
    }

    /**
     * Opens the stream. The head is out before the channels are attached, which may take a moment while leadership
     * moves. A browser that reconnects and gets any status but 200 stops permanently, but it reconnects after a stream
     * that has ended.
     *
     * <p>The client may disconnect at any moment. Everything that is taken for its stream is released by a close
     * handler. The handler is registered directly afterwards, and runs at once if the stream has already ended.
     */
    private void open(EventSink sink, List<ChannelName> channels, StartPoint start, Client client, Slot slot) {
        Subscriber subscriber = new Subscriber(sink, lifetime(client.grant()), clock.elapsedMillis());
        subscribers.add(subscriber, slot);
        StreamReader reader = new StreamReader(node.presence(), subscriber, channels, client.added());
        client.grant().ifPresent(reader::attend);
        SubscriberId id = SubscriberId.draw(node.id());
        OpenStream stream = new OpenStream(
                id, owner, subscriber, channels, reader, client.grant(), client.byCookie(), clock.instant());
        control.add(stream, rules);
        Event opening = OpeningEvent.of(
                id.text(), channels, client.grant().map(Grant::expires), node.id(), clock.instant(), options);
        joining.join(subscriber, channels, start, client.forms(), opening)
                .onSuccess(begun -> begun.ifPresent(stream::begin))
                .onFailure(this::warn);
    }

    private StreamLifetime lifetime(Optional<Grant> grant) {
        Duration maxAge = options.maxAge();
        return new StreamLifetime(
                grant.map(rights -> rights.expires().toEpochMilli()).orElse(Long.MAX_VALUE),
                maxAge.isZero() ? Long.MAX_VALUE : clock.elapsedMillis() + maxAge.toMillis());
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
