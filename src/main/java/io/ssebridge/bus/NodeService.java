package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.hub.Hubs;
import io.ssebridge.leader.Leader;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.presence.Presence;
import io.ssebridge.wire.AppendReceipt;
import io.ssebridge.wire.MessageCodec;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves the requests of other nodes on the control address of this node, for the lifetime of the node.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class NodeService {
    private final Vertx vertx;
    private final Nodes nodes;
    private final Shards shards;
    private final Leader leader;
    private final Hubs hubs;
    private final SplitBrainGuard guard;
    private final Presence presence;
    private final NodeRequests streams;
    private final FaultyMessages faulty;

    NodeService(
            Vertx vertx,
            Nodes nodes,
            Shards shards,
            Leader leader,
            Hubs hubs,
            SplitBrainGuard guard,
            Presence presence,
            NodeRequests streams,
            FaultyMessages faulty) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.shards = shards;
        this.leader = leader;
        this.hubs = hubs;
        this.guard = guard;
        this.presence = presence;
        this.streams = streams;
        this.faulty = faulty;
    }

    /** Opens the address. The future completes when other nodes can find it. */
    Future<Void> open(BusConsumers consumers) {
        return consumers.open(Wire.node(nodes.self()), this::answer);
    }

    private void answer(Message<Object> message) {
        try {
            handle(message).onSuccess(answer -> reply(message, answer)).onFailure(failure -> fail(message, failure));
        } catch (RuntimeException e) {
            faulty.refused(message, e);
            fail(message, e);
        }
    }

    private Future<@Nullable Object> handle(Message<Object> message) {
        int shard = Wire.shard(message);
        String sender = Wire.sender(message);
        Operation operation = Wire.operation(message);
        return switch (operation) {
            case APPEND -> append(batch(shard, message)).map(AppendReceipt::encode);
            case ATTACH -> tails(shard, names(shard, message), name -> leader.attach(name, sender));
            case TAIL -> tails(shard, names(shard, message), leader::tail);
            case DETACH -> {
                List<ChannelName> names = names(shard, message);
                // Attach requests that arrived earlier are handled first.
                shards.leading(shard).onSuccess(leads -> names.forEach(name -> leader.detach(name, sender)));
                yield Future.succeededFuture(null);
            }
            case LISTENING -> Future.succeededFuture(MessageCodec.encodeNames(listening(shard)));
            case PRESENCE, CHANNELS ->
                presence.answer(operation, message.body()).map(answer -> answer);
            case ROSTER -> Future.succeededFuture(presence.receive(sender, message.body()));
            case ROSTER_WANTED -> {
                presence.wanted(message.body());
                yield Future.succeededFuture(null);
            }
            case PING -> pong(sender);
            case PONG -> Future.succeededFuture(null);
            case STREAMS -> streams.answer(message).map(answer -> answer);
        };
    }

    private static Submission.AppendRequest batch(int shard, Message<Object> message) {
        Submission.AppendRequest batch = Submission.AppendRequest.decode(message.body());
        checkShard(shard, batch.channel());
        return batch;
    }

    private static List<ChannelName> names(int shard, Message<Object> message) {
        List<ChannelName> names = MessageCodec.decodeNames(message.body());
        names.forEach(name -> checkShard(shard, name));
        return names;
    }

    /**
     * Refuses a channel of another shard: the sender asks the leader of one shard, and another shard may have another
     * leader.
     */
    private static void checkShard(int shard, ChannelName name) {
        if (Shards.of(name) != shard) {
            throw new IllegalArgumentException(
                    "channel \"%s\": of shard %d (expected: %d)".formatted(name, Shards.of(name), shard));
        }
    }

    /** Appends events of a channel that this node leads. */
    Future<List<AppendReceipt>> append(Submission.AppendRequest batch) {
        if (guard.isInDoubt()) {
            return SplitBrainGuard.refused();
        }
        return shards.leading(Shards.of(batch.channel()))
                .compose(leads -> leader.append(batch.channel(), batch.submissions()));
    }

    private Future<@Nullable Object> tails(
            int shard, List<ChannelName> names, Function<ChannelName, Future<Cursor>> tail) {
        return shards.leading(shard).compose(leads -> {
            List<Future<Cursor>> tails = names.stream().map(tail).toList();
            return Future.join(tails)
                    .map(all -> MessageCodec.encodeCursors(
                            tails.stream().map(Future::result).toList()));
        });
    }

    private List<ChannelName> listening(int shard) {
        return hubs.channels().stream().filter(name -> Shards.of(name) == shard).toList();
    }

    /** Confirms to a node that it is a member of the cluster and can be reached, as seen from this node. */
    private Future<@Nullable Object> pong(String asker) {
        return nodes.upToDate()
                .compose(looked -> nodes.present().contains(asker)
                        ? vertx.eventBus()
                                .<Object>request(Wire.node(asker), null, Wire.options(Operation.PONG, nodes.self(), 0))
                        : Future.failedFuture(Refusals.of(Refusals.UNAVAILABLE, "no member of this cluster: " + asker)))
                .map(reached -> null);
    }

    private static void reply(Message<Object> message, @Nullable Object answer) {
        if (message.replyAddress() != null) {
            message.reply(answer);
        }
    }

    private static void fail(Message<Object> message, Throwable failure) {
        if (message.replyAddress() != null) {
            ReplyException refusal = Refusals.betweenNodes(failure);
            message.fail(refusal.failureCode(), refusal.getMessage());
        }
    }
}
