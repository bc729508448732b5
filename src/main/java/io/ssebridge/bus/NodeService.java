package io.ssebridge.bus;

import io.ssebridge.membership.Nodes;
import io.ssebridge.presence.Presence;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import org.jspecify.annotations.Nullable;

/**
 * Serves the requests of other nodes on the control address of this node, for the lifetime of the node. Requests for the
 * channels of a shard go to the event loop of the shard.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class NodeService {
    private final Vertx vertx;
    private final Nodes nodes;
    private final PerLoop<ShardLoop> loops;
    private final Presence presence;
    private final NodeRequests streams;
    private final FaultyMessages faulty;

    NodeService(
            Vertx vertx,
            Nodes nodes,
            PerLoop<ShardLoop> loops,
            Presence presence,
            NodeRequests streams,
            FaultyMessages faulty) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.loops = loops;
        this.presence = presence;
        this.streams = streams;
        this.faulty = faulty;
    }

    /** Opens the address. The future completes when other nodes can find it. */
    Future<Void> open(BusConsumers consumers) {
        return consumers.open(Wire.node(nodes.self()), this::receive);
    }

    private void receive(Message<Object> message) {
        try {
            Operation operation = Wire.operation(message);
            int shard = Wire.shard(message);
            String sender = Wire.sender(message);
            switch (operation) {
                case APPEND, ATTACH, TAIL, DETACH, LISTENING -> {
                    ShardLoop loop = loops.of(shard);
                    loop.owner().runDirectly(() -> loop.service().answer(message, operation, shard, sender));
                }
                default -> NodeAnswers.send(message, faulty, () -> handle(message, operation, sender));
            }
        } catch (RuntimeException e) {
            NodeAnswers.refuse(message, faulty, e);
        }
    }

    private Future<@Nullable Object> handle(Message<Object> message, Operation operation, String sender) {
        return switch (operation) {
            case PRESENCE, CHANNELS ->
                presence.answer(operation, MessageBody.of(message)).map(answer -> answer);
            case ROSTER -> Future.succeededFuture(presence.receive(sender, MessageBody.of(message)));
            case ROSTER_WANTED -> {
                presence.wanted(MessageBody.of(message));
                yield Future.succeededFuture(null);
            }
            case PING -> pong(sender);
            case STREAMS -> streams.answer(message).map(answer -> answer);
            // A PONG has shown by arriving what it is for.
            default -> Future.succeededFuture(null);
        };
    }

    /** Confirms to a node that it is a member of the cluster and can be reached, as seen from this node. */
    private Future<@Nullable Object> pong(String asker) {
        return nodes.upToDate()
                .compose(looked -> nodes.present().contains(asker)
                        ? vertx.eventBus()
                                .<Object>request(Wire.node(asker), null, Wire.options(Operation.PONG, nodes.self(), 0))
                        : Future.failedFuture(Refusals.of(
                                Refusals.UNAVAILABLE, "no member of this cluster: " + FaultyMessages.shortened(asker))))
                .map(reached -> null);
    }
}
