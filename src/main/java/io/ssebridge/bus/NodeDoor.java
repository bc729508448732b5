package io.ssebridge.bus;

import io.ssebridge.bus.Wire.Operation;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.hub.Hubs;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where this node takes what the other nodes ask and announce: two addresses, for as long as it lives.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class NodeDoor {
    private static final Logger LOG = LoggerFactory.getLogger(NodeDoor.class);

    private final Vertx vertx;
    private final Intake intake;
    private final Nodes nodes;
    private final Shards shards;
    private final Leader leader;
    private final Hubs hubs;
    private final Standing standing;

    NodeDoor(Vertx vertx, Intake intake, Nodes nodes, Shards shards, Leader leader, Hubs hubs, Standing standing) {
        this.vertx = vertx;
        this.intake = intake;
        this.nodes = nodes;
        this.shards = shards;
        this.leader = leader;
        this.hubs = hubs;
        this.standing = standing;
    }

    /** Opens; done when other nodes can find it. */
    Future<Void> open() {
        return Future.join(
                        intake.open(Wire.node(nodes.self()), this::answer),
                        intake.open(Wire.announcements(nodes.self()), this::announced))
                .mapEmpty();
    }

    private void announced(Message<Object> message) {
        try {
            announced(Announcement.decode((Buffer) message.body()));
        } catch (RuntimeException e) {
            LOG.warn("Unreadable announcement, perhaps of another version: {}", e.getMessage());
        }
    }

    /** A leader, which may be this node, has announced events. */
    void announced(Announcement said) {
        hubs.announced(said.channel(), said.from(), said.frames(), said.tail());
    }

    private void answer(Message<Object> message) {
        try {
            handle(message).onSuccess(answer -> reply(message, answer)).onFailure(failure -> fail(message, failure));
        } catch (RuntimeException e) {
            fail(message, e);
        }
    }

    private Future<@Nullable Object> handle(Message<Object> message) {
        int shard = Wire.shard(message);
        String sender = Wire.sender(message);
        return switch (Wire.operation(message)) {
            case APPEND ->
                append(Submission.Batch.decode((Buffer) message.body())).map(Place::encode);
            case ATTACH -> tails(shard, Names.decode((JsonArray) message.body()), name -> leader.attach(name, sender));
            case TAIL -> tails(shard, Names.decode((JsonArray) message.body()), leader::tail);
            case DETACH -> {
                Names.decode((JsonArray) message.body()).forEach(name -> leader.detach(name, sender));
                yield Future.succeededFuture(null);
            }
            case LISTENING -> Future.succeededFuture(Names.encode(listening(shard)));
            case PING -> pong(sender);
            case PONG -> Future.succeededFuture(null);
        };
    }

    /** Appends events of a channel that this node leads. */
    Future<List<Place>> append(Submission.Batch batch) {
        if (standing.isInDoubt()) {
            return Standing.refused();
        }
        return shards.leading(Shards.of(batch.channel()))
                .compose(leads -> leader.append(batch.channel(), batch.submissions()));
    }

    private Future<@Nullable Object> tails(
            int shard, List<ChannelName> names, Function<ChannelName, Future<Cursor>> tail) {
        return shards.leading(shard).compose(leads -> {
            List<Future<Cursor>> tails = names.stream().map(tail).toList();
            return Future.join(tails)
                    .map(all ->
                            Cursors.encode(tails.stream().map(Future::result).toList()));
        });
    }

    private List<ChannelName> listening(int shard) {
        return hubs.channels().stream().filter(name -> Shards.of(name) == shard).toList();
    }

    /** Tells a node that it belongs to the cluster, as seen from here; nobody else may say so. */
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
