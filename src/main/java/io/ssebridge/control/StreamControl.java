package io.ssebridge.control;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.access.Grant;
import io.ssebridge.bus.BusNode;
import io.ssebridge.bus.NodeRequests;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.Owner;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Describes, extends, ends and counts the open streams of the cluster. A request may come to any node; the id of a stream leads to its node.
 *
 * <p>A stream that does not exist, and a stream to which the caller has no right, get the same answer. So an id says nothing
 * to a caller without a right to its stream.
 *
 * <p>Any thread. Answers arrive on the context of the caller.
 */
public final class StreamControl {
    private static final Duration REFRESH = Duration.ofSeconds(5);
    // The end of a stream costs about as much as an event for it.
    private static final int STREAMS_PER_TURN = 100;

    private final NodeRequests nodes;
    private final ChannelRules rules;
    private final NodeClock clock;
    private final OpenStreams streams = new OpenStreams();
    private final Blocks blocks;
    private final Disconnector disconnector;
    private final StreamCounts counts;

    private StreamControl(
            BusNode node,
            ChannelRules rules,
            LimitOptions limits,
            DisconnectOptions options,
            NodeClock clock,
            MeterRegistry meters) {
        this.nodes = node.streamRequests();
        this.rules = rules;
        this.clock = clock;
        this.blocks = new Blocks(clock, meters);
        this.disconnector = new Disconnector(nodes, streams, blocks, node.blocks(), options, clock, meters);
        this.counts = new StreamCounts(limits, nodes, new CountQuestions(nodes::others, nodes::ask, clock));
    }

    /**
     * Opens the control of the streams of this node. From now on the requests of other nodes and services are answered.
     *
     * @param node this node
     * @param rules the rules of the channels
     * @param limits the largest numbers of streams of a subject and of a client address
     * @param options the time for which a disconnected subject is blocked
     * @param clock the time
     * @param meters holds the metrics
     * @return completes when the node knows which subjects are blocked, or could not read it
     */
    public static Future<StreamControl> open(
            BusNode node,
            ChannelRules rules,
            LimitOptions limits,
            DisconnectOptions options,
            NodeClock clock,
            MeterRegistry meters) {
        StreamControl control = new StreamControl(node, rules, limits, options, clock, meters);
        control.nodes.onRequest(control::answer);
        control.nodes.onDisconnect(control::answerService);
        node.repeat(REFRESH, () -> {
            var unused = control.disconnector.refresh();
        });
        // If the blocks cannot be read now, the node serves without them, and reads them a little later.
        return control.disconnector.refresh().transform(read -> Future.succeededFuture(control));
    }

    /**
     * Counts one more stream of this node for its subject and its client address, if there are not too many.
     *
     * @param subject the subject; empty: the stream is anonymous
     * @param address the client address; empty text: it is not known
     */
    public Future<StreamCount> count(Optional<String> subject, String address) {
        return counts.take(subject, address);
    }

    /**
     * Adds a stream of this node, until it ends; called on its event loop. It is ended at once if its subject has been
     * disconnected, or the rules have been replaced so that it may not be open, while it was being opened.
     *
     * @param stream the stream
     * @param checked the rules by which it was opened
     */
    public void add(OpenStream stream, ChannelRules checked) {
        streams.add(stream);
        if (stream.blocked(blocks).isPresent()) {
            var unused = stream.disconnect();
        } else if (!rules.isUnchangedSince(checked)) {
            var unused = stream.endIfLost(rules);
        }
    }

    /**
     * Follows the rules after they have been replaced, and takes other limits. Streams that the rules no longer allow end,
     * a number of them in each turn of their event loop.
     *
     * @param limits {@code subscribersPerSubject} and {@code subscribersPerIp} count
     * @return completes with the number of ended streams when all have been looked at
     */
    public Future<Integer> changed(LimitOptions limits) {
        counts.limit(limits);
        Map<Owner, List<OpenStream>> byLoop = streams.all().stream().collect(Collectors.groupingBy(OpenStream::owner));
        List<Future<Integer>> ended = new ArrayList<>();
        byLoop.forEach((loop, all) -> ended.add(loop.call(() -> {
            Promise<Integer> done = Promise.promise();
            endLost(loop, new ArrayDeque<>(all), new AtomicInteger(), done);
            return done.future();
        })));
        return Future.join(ended)
                .map(all -> ended.stream().mapToInt(Future::result).sum());
    }

    private void endLost(Owner loop, Deque<OpenStream> rest, AtomicInteger ended, Promise<Integer> done) {
        try {
            for (int i = 0; i < STREAMS_PER_TURN && !rest.isEmpty(); i++) {
                if (rest.remove().endIfLost(rules)) {
                    ended.incrementAndGet();
                }
            }
        } finally {
            // A stream that cannot be closed must not keep the others.
            if (rest.isEmpty()) {
                done.complete(ended.get());
            } else {
                loop.run(() -> endLost(loop, rest, ended, done));
            }
        }
    }

    /**
     * Returns the first of some channels that a subject cannot open now, because it was disconnected, and the time for which it
     * cannot.
     *
     * @param subject the subject
     * @param channels the channels
     */
    public Optional<BlockedChannel> blocked(String subject, List<ChannelName> channels) {
        return blocks.find(subject, channels);
    }

    /**
     * Extends a stream by a new token.
     *
     * @param id the stream, on any node
     * @param fresh the rights of the new token, which must have the subject of the stream
     * @param fitsCookie whether the new token can be kept in the session cookie
     * @return the result; fails if the stream's node does not answer
     */
    public Future<Extension> extend(SubscriberId id, Grant fresh, boolean fitsCookie) {
        if (id.isOf(nodes.self())) {
            return extendHere(id, fresh, fitsCookie);
        }
        return node(id).map(node -> nodes.ask(node, StreamMessages.extend(id, fresh, fitsCookie))
                        .map(Extension::of))
                .orElseGet(() -> Future.succeededFuture(new Extension.NoStream()));
    }

    private Future<Extension> extendHere(SubscriberId id, Grant fresh, boolean fitsCookie) {
        return streams.find(id)
                .map(stream ->
                        stream.owner().call(() -> Future.succeededFuture(stream.extend(fresh, fitsCookie, rules))))
                .orElseGet(() -> Future.succeededFuture(new Extension.NoStream()));
    }

    /**
     * Describes a stream.
     *
     * @param id the stream, on any node
     * @param by the caller
     * @return the description; empty if the stream does not exist, or the caller has no right to it. Fails if the stream's
     *     node does not answer
     */
    public Future<Optional<JsonObject>> explain(SubscriberId id, Grant by) {
        if (id.isOf(nodes.self())) {
            return explainHere(id, by);
        }
        return node(id).map(node -> nodes.ask(node, StreamMessages.explain(id, by))
                        .map(answer -> Optional.of(answer).filter(json -> !json.isEmpty())))
                .orElseGet(() -> Future.succeededFuture(Optional.empty()));
    }

    private Future<Optional<JsonObject>> explainHere(SubscriberId id, Grant by) {
        return streams.find(id)
                .filter(stream -> stream.isControlledBy(by))
                .map(stream -> stream.owner()
                        .call(() -> Future.succeededFuture(Optional.of(stream.explain(nodes.self(), clock)))))
                .orElseGet(() -> Future.succeededFuture(Optional.empty()));
    }

    /**
     * Ends a stream, and blocks its subject on its channels for a while.
     *
     * @param id the stream, on any node
     * @param by the caller; empty: a service of the cluster, which may end any stream
     * @return whether it has ended; false if the stream does not exist, or the caller has no right to it. Fails if the
     *     stream's node does not answer
     */
    public Future<Boolean> disconnect(SubscriberId id, Optional<Grant> by) {
        if (id.isOf(nodes.self())) {
            return disconnector.disconnectHere(id, by);
        }
        return node(id).map(node -> nodes.ask(node, StreamMessages.disconnect(id, by))
                        .map(answer -> StreamMessages.count(answer) > 0))
                .orElseGet(() -> Future.succeededFuture(false));
    }

    /**
     * Ends the streams of a subject that have at least one of some channels, on all nodes, and blocks the subject on these
     * channels for a while.
     *
     * @param from the subject and the channels
     * @return the number of ended streams; fails if a node does not answer. Then the request can be repeated
     */
    public Future<Integer> disconnect(SubjectChannels from) {
        return disconnector.disconnect(from);
    }

    private Future<JsonObject> answer(JsonObject request) {
        return switch (StreamMessages.kind(request)) {
            case EXTEND ->
                extendHere(StreamMessages.id(request), grant(request), StreamMessages.fitsCookie(request))
                        .map(Extension::toJson);
            case EXPLAIN ->
                explainHere(StreamMessages.id(request), grant(request)).map(found -> found.orElseGet(JsonObject::new));
            case DISCONNECT ->
                disconnector
                        .disconnectHere(StreamMessages.id(request), StreamMessages.grant(request))
                        .map(ended -> StreamMessages.counted(ended ? 1 : 0));
            case DISCONNECT_SUBJECT ->
                disconnector
                        .disconnectHere(StreamMessages.channels(request), StreamMessages.block(request))
                        .map(StreamMessages::counted);
            case COUNT ->
                Future.succeededFuture(StreamMessages.counted(StreamMessages.subjects(request).stream()
                        .map(counts::of)
                        .toList()));
            case BLOCK -> {
                blocks.add(StreamMessages.channels(request), StreamMessages.block(request));
                yield Future.succeededFuture(new JsonObject());
            }
        };
    }

    private static Grant grant(JsonObject request) {
        return StreamMessages.grant(request).orElseThrow(() -> new IllegalArgumentException("grant: is missing"));
    }

    /** Answers the request of another service, which is trusted as everything in the cluster is. */
    private Future<JsonObject> answerService(@Nullable Object body) {
        JsonObject request = DisconnectRequest.check(body);
        String subscriber = request.getString("subscriber");
        if (subscriber == null) {
            String subject = request.getString("sub", "");
            String channel = request.getString("channel");
            return disconnect(
                            channel == null
                                    ? SubjectChannels.all(subject)
                                    : SubjectChannels.of(subject, List.of(new ChannelName(channel))))
                    .map(StreamControl::disconnected);
        }
        return SubscriberId.parse(subscriber)
                .map(id -> disconnect(id, Optional.empty()))
                .orElseGet(() -> Future.succeededFuture(false))
                .compose(ended -> ended
                        ? Future.succeededFuture(disconnected(1))
                        : Future.failedFuture(
                                Refusals.of(Refusals.NOT_FOUND, "subscriber: no open stream has this id")));
    }

    /**
     * Returns the answer to a request to disconnect subscribers.
     *
     * @param streams the number of ended streams
     */
    public static JsonObject disconnected(int streams) {
        return new JsonObject().put("disconnected", streams);
    }

    private Optional<String> node(SubscriberId id) {
        return nodes.others().stream().filter(id::isOf).findFirst();
    }
}
