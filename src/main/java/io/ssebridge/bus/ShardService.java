package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.hub.Hubs;
import io.ssebridge.hub.Owner;
import io.ssebridge.leader.Leader;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.wire.AppendReceipt;
import io.ssebridge.wire.MessageCodec;
import io.ssebridge.wire.Submission;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Serves the requests of nodes for the channels of one event loop. {@link NodeService} receives them.
 *
 * <p><b>Owner:</b> the event loop of the shards.
 */
final class ShardService {
    private final Owner owner;
    private final Shards shards;
    private final Leader leader;
    private final Hubs hubs;
    private final SplitBrainGuard guard;
    private final FaultyMessages faulty;

    ShardService(Owner owner, Shards shards, Leader leader, Hubs hubs, SplitBrainGuard guard, FaultyMessages faulty) {
        this.owner = owner;
        this.shards = shards;
        this.leader = leader;
        this.hubs = hubs;
        this.guard = guard;
        this.faulty = faulty;
    }

    /** Answers a request for one of the shards of this event loop. */
    void answer(Message<Object> message, Operation operation, int shard, String sender) {
        owner.assertHere();
        NodeAnswers.send(message, faulty, () -> handle(message, operation, shard, sender));
    }

    private Future<@Nullable Object> handle(Message<Object> message, Operation operation, int shard, String sender) {
        return switch (operation) {
            case APPEND -> append(batch(shard, message)).map(AppendReceipt::encode);
            case ATTACH -> tails(shard, names(shard, message), name -> leader.attach(name, sender));
            case TAIL -> tails(shard, names(shard, message), leader::tail);
            case DETACH -> {
                List<ChannelName> names = names(shard, message);
                // Attach requests that arrived earlier are handled first.
                leading(shard).onSuccess(leads -> names.forEach(name -> leader.detach(name, sender)));
                yield Future.succeededFuture(null);
            }
            case LISTENING -> Future.succeededFuture(MessageCodec.encodeNames(listening(shard)));
            default -> throw new IllegalArgumentException("operation: %s is not for a shard".formatted(operation));
        };
    }

    private static Submission.AppendRequest batch(int shard, Message<Object> message) {
        Submission.AppendRequest batch = Submission.AppendRequest.decode(MessageBody.of(message));
        checkShard(shard, batch.channel());
        return batch;
    }

    private static List<ChannelName> names(int shard, Message<Object> message) {
        List<ChannelName> names = MessageCodec.decodeNames(MessageBody.of(message));
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
        owner.assertHere();
        if (guard.isInDoubt()) {
            return SplitBrainGuard.refused();
        }
        int shard = Shards.of(batch.channel());
        return leader.leads(shard)
                ? leader.append(batch.channel(), batch.submissions())
                : shards.leading(shard).compose(leads -> leader.append(batch.channel(), batch.submissions()));
    }

    /** Returns whether this node has taken up the duties of a shard. Other nodes may lead it only when it no longer does. */
    boolean leads(int shard) {
        return leader.leads(shard);
    }

    private Future<Void> leading(int shard) {
        return leads(shard) ? Future.succeededFuture() : shards.leading(shard);
    }

    private Future<@Nullable Object> tails(
            int shard, List<ChannelName> names, Function<ChannelName, Future<Cursor>> tail) {
        return leading(shard).compose(leads -> {
            List<Future<Cursor>> tails = names.stream().map(tail).toList();
            return Future.join(tails)
                    .map(all -> MessageCodec.encodeCursors(
                            tails.stream().map(Future::result).toList()));
        });
    }

    private List<ChannelName> listening(int shard) {
        return hubs.channels().stream().filter(name -> Shards.of(name) == shard).toList();
    }
}
