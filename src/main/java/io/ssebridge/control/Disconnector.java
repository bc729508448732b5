package io.ssebridge.control;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.access.Grant;
import io.ssebridge.bus.BlockMap;
import io.ssebridge.bus.NodeRequests;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends streams, and blocks their subjects for a while. The steps:
 *
 * <ol>
 *   <li>The block goes into the map of the cluster, where nodes that start later find it.
 *   <li>Each node takes the block into its {@link Blocks}, and then ends its streams. A stream that is being opened
 *       meanwhile looks for blocks once more when it is open.
 * </ol>
 *
 * <p>Every node reads the map every few seconds. So a block reaches a node that has missed the message.
 *
 * <p>Any thread.
 */
final class Disconnector {
    private static final Logger LOG = LoggerFactory.getLogger(Disconnector.class);

    private final NodeRequests nodes;
    private final OpenStreams streams;
    private final Blocks blocks;
    private final BlockMap map;
    private final Duration block;
    private final NodeClock clock;
    private final LogLimit unread;
    private final Counter ended;

    Disconnector(
            NodeRequests nodes,
            OpenStreams streams,
            Blocks blocks,
            BlockMap map,
            DisconnectOptions options,
            NodeClock clock,
            MeterRegistry meters) {
        this.nodes = nodes;
        this.streams = streams;
        this.blocks = blocks;
        this.map = map;
        this.block = options.block();
        this.clock = clock;
        this.unread = new LogLimit(clock);
        this.ended = Counter.builder("sse.subscribers.disconnected")
                .description("Streams that were ended by a request to disconnect them")
                .register(meters);
    }

    /**
     * Ends the streams of a subject with one of these channels, on all nodes.
     *
     * @param from the subject and the channels
     * @return the number of ended streams; fails if a node does not answer. Then the request can be repeated
     */
    Future<Integer> disconnect(SubjectChannels from) {
        return keep(from).compose(kept -> {
            List<Future<Integer>> each = new ArrayList<>();
            each.add(disconnectHere(from, block));
            nodes.others().forEach(node -> each.add(askToDisconnect(node, from)));
            return sum(each);
        });
    }

    private Future<Integer> askToDisconnect(String node, SubjectChannels from) {
        return nodes.ask(node, StreamMessages.disconnect(from, block))
                .map(StreamMessages::count)
                // A node that has left the cluster has no streams any more.
                .recover(failure ->
                        nodes.others().contains(node) ? Future.failedFuture(failure) : Future.succeededFuture(0));
    }

    /** Ends the streams of a subject on this node. */
    Future<Integer> disconnectHere(SubjectChannels from, Duration blocked) {
        blocks.add(from, blocked);
        return sum(streams.of(from.subject()).stream()
                        .map(stream ->
                                stream.owner().call(() -> Future.succeededFuture(stream.disconnect(from) ? 1 : 0)))
                        .toList())
                .onSuccess(ended::increment);
    }

    private static Future<Integer> sum(List<Future<Integer>> each) {
        return Future.join(each)
                .map(done -> each.stream().mapToInt(Future::result).sum());
    }

    /**
     * Ends one stream of this node.
     *
     * @param id the stream
     * @param by the caller; empty: a service of the cluster, which may end any stream
     * @return whether it has ended; false if the stream does not exist here, or the caller has no right to it
     */
    Future<Boolean> disconnectHere(SubscriberId id, Optional<Grant> by) {
        Optional<OpenStream> found =
                streams.find(id).filter(stream -> by.map(stream::isControlledBy).orElse(true));
        if (found.isEmpty()) {
            return Future.succeededFuture(false);
        }
        OpenStream stream = found.get();
        Optional<SubjectChannels> of = stream.subjectChannels();
        return of.map(this::keep).orElseGet(Future::succeededFuture).compose(kept -> {
            of.ifPresent(channels -> {
                blocks.add(channels, block);
                tellOthers(channels);
            });
            return stream.owner()
                    .call(() -> Future.succeededFuture(stream.disconnect()))
                    .onSuccess(now -> ended.increment(now ? 1 : 0));
        });
    }

    /** Tells all other nodes. A node that misses it reads the map a little later. */
    private void tellOthers(SubjectChannels blocked) {
        if (!block.isZero()) {
            nodes.others().forEach(node -> {
                var unused = nodes.ask(node, StreamMessages.block(blocked, block));
            });
        }
    }

    private Future<Void> keep(SubjectChannels from) {
        return block.isZero()
                ? Future.succeededFuture()
                : map.put(from.encode(), clock.millis() + block.toMillis(), block)
                        .recover(failure -> Future.failedFuture(
                                Refusals.of(Refusals.UNAVAILABLE, "the cluster cannot keep the block now")));
    }

    /** Reads the blocks of the cluster, and drops those that are over. */
    Future<Void> refresh() {
        blocks.sweep();
        return map.all()
                .<Void>map(all -> {
                    all.forEach(
                            (text, endsMillis) -> blocks.addIfAbsent(SubjectChannels.decode(text), rest(endsMillis)));
                    return null;
                })
                .onFailure(failure -> unread.log(() -> LOG.warn(
                        "Could not read which subjects are blocked: {} (said at most once a minute)",
                        failure.toString())));
    }

    /** Returns the time until then, but no longer than a block lasts: the clocks of two nodes may differ. */
    private Duration rest(long endsMillis) {
        return Duration.ofMillis(Math.min(endsMillis - clock.millis(), block.toMillis()));
    }
}
