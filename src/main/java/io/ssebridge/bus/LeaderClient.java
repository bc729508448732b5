package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.hub.Feed;
import io.ssebridge.hub.Owner;
import io.ssebridge.leader.Pending;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.Shards;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.AppendReceipt;
import io.ssebridge.wire.MessageCodec;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to the leaders of the channels of one event loop, on this or another node. It retries while leadership moves or an answer is
 * lost. A repeated request does no harm; leaders recognise repeated events by their uids.
 *
 * <p><b>Owner:</b> the event loop of the channels' shards.
 */
final class LeaderClient implements Feed {
    private static final Duration RETRY_FOR = Duration.ofSeconds(10);
    private static final long RETRY_MILLIS = 25;
    private static final int MAX_WAITING = 10_000;
    private static final int MAX_BATCH = 64;

    private final Owner owner;
    private final Vertx vertx;
    private final Nodes nodes;
    private final Shards shards;
    private final NodeClock clock;
    private final Map<ChannelName, Outbox> outboxes = new HashMap<>();
    private final Set<Attempt> inFlight = new HashSet<>();
    private @Nullable ShardService own;

    /** One attempt to ask a node. The attempt also ends when the node leaves the cluster. */
    private record Attempt(String node, Promise<Message<Buffer>> answer) {}

    LeaderClient(Owner owner, Vertx vertx, Nodes nodes, Shards shards, NodeClock clock) {
        this.owner = owner;
        this.vertx = vertx;
        this.nodes = nodes;
        this.shards = shards;
        this.clock = clock;
    }

    /**
     * Sets the service of this event loop. Events of channels that this node leads go to it without a message. Call this
     * before the first event.
     */
    void start(ShardService serviceOfThisLoop) {
        own = serviceOfThisLoop;
    }

    /** Returns the event loop of the channels. */
    Owner owner() {
        return owner;
    }

    /**
     * Hands an event over to the leader of its channel, after all earlier events of this node for the channel.
     *
     * @return completes with the receipt of the event when it is retained and announced
     */
    Future<AppendReceipt> publish(ChannelName channel, Submission submission) {
        owner.assertHere();
        return outboxes.computeIfAbsent(channel, Outbox::new).add(submission);
    }

    /**
     * Asks the leader of a shard to start or continue announcing channels to this node.
     *
     * @return the newest frame of each channel
     */
    Future<List<Cursor>> attach(int shard, List<ChannelName> channels) {
        owner.assertHere();
        return ask(shard, Operation.ATTACH, MessageCodec.encodeNames(channels))
                .map(answer -> MessageCodec.decodeCursors(answer.body(), channels.size()));
    }

    @Override
    public Future<Cursor> attach(ChannelName channel) {
        return attach(Shards.of(channel), List.of(channel)).map(tails -> tails.get(0));
    }

    /** Asks the leader of a channel for the newest frame of its history. */
    Future<Cursor> tail(ChannelName channel) {
        owner.assertHere();
        return ask(Shards.of(channel), Operation.TAIL, MessageCodec.encodeNames(List.of(channel)))
                .map(answer -> MessageCodec.decodeCursors(answer.body(), 1).get(0));
    }

    /** {@inheritDoc} If the message is lost, the leader only sends needless announcements. */
    @Override
    public void detach(ChannelName channel) {
        owner.assertHere();
        int shard = Shards.of(channel);
        String leader = leader(shard);
        if (leader != null) {
            vertx.eventBus()
                    .send(
                            Wire.node(leader),
                            MessageCodec.encodeNames(List.of(channel)),
                            Wire.options(Operation.DETACH, nodes.self(), shard));
        }
    }

    /** Fails the questions to nodes that have left the cluster, because they will not answer any more. */
    void nodesChanged() {
        owner.assertHere();
        Set<String> present = nodes.present();
        for (Attempt question : List.copyOf(inFlight)) {
            if (!present.contains(question.node())) {
                question.answer().tryFail(Refusals.misdirected(null));
            }
        }
    }

    private Future<List<AppendReceipt>> append(Submission.AppendRequest batch) {
        int shard = Shards.of(batch.channel());
        return persist(
                shard,
                leader -> leader.equals(nodes.self())
                        ? appendHere(batch)
                        : ask(leader, shard, Operation.APPEND, batch.encode())
                                .map(answer -> AppendReceipt.decode(
                                        answer.body(), batch.submissions().size())));
    }

    /** Appends on this node. A failure has the same form as in the answer to a message. */
    private Future<List<AppendReceipt>> appendHere(Submission.AppendRequest batch) {
        return Objects.requireNonNull(own, "not started")
                .append(batch)
                .recover(failure -> Future.failedFuture(Refusals.betweenNodes(failure)));
    }

    private Future<Message<Buffer>> ask(int shard, Operation operation, Object body) {
        return persist(shard, leader -> ask(leader, shard, operation, body));
    }

    /**
     * Asks the leader of a shard, and after a failure the leader at that time, until a leader answers or the time is
     * up.
     */
    private <T> Future<T> persist(int shard, Function<String, Future<T>> question) {
        return persist(shard, question, clock.elapsedMillis() + RETRY_FOR.toMillis());
    }

    private <T> Future<T> persist(int shard, Function<String, Future<T>> question, long deadlineMillis) {
        String leader = leader(shard);
        Future<T> answer = leader == null ? Future.failedFuture(Refusals.misdirected(null)) : question.apply(leader);
        return answer.recover(failure -> Refusals.mayAskAgain(failure) && clock.elapsedMillis() < deadlineMillis
                ? vertx.timer(RETRY_MILLIS).compose(later -> persist(shard, question, deadlineMillis))
                : Future.failedFuture(failure));
    }

    /**
     * Returns the node to ask. While this node releases a shard, that is still this node: otherwise events that have come
     * to it would reach the next leader after newer ones.
     */
    private @Nullable String leader(int shard) {
        return own != null && own.leads(shard) ? nodes.self() : shards.leader(shard);
    }

    private Future<Message<Buffer>> ask(String leader, int shard, Operation operation, Object body) {
        Attempt question = new Attempt(leader, Promise.promise());
        inFlight.add(question);
        vertx.eventBus()
                .<Buffer>request(Wire.node(leader), body, Wire.options(operation, nodes.self(), shard))
                .onSuccess(question.answer()::tryComplete)
                .onFailure(question.answer()::tryFail);
        return question.answer().future().onComplete(done -> inFlight.remove(question));
    }

    /**
     * The queue of one channel. Only one batch is in flight at a time, so that retries keep the order; the other events
     * wait here. It is not an {@code AppendQueue} of the leader: that one also runs other steps between batches, and counts
     * bytes that are counted elsewhere here. Together they would have four parameters for ten common lines.
     */
    private final class Outbox {
        private final ChannelName channel;
        private final Deque<Pending> waiting = new ArrayDeque<>();
        private boolean hasBatchInFlight;

        private Outbox(ChannelName channel) {
            this.channel = channel;
        }

        private Future<AppendReceipt> add(Submission submission) {
            if (waiting.size() >= MAX_WAITING) {
                return Future.failedFuture(Refusals.of(Refusals.TOO_MANY, "too many events wait for this channel"));
            }
            Promise<AppendReceipt> kept = Promise.promise();
            waiting.add(new Pending(submission, kept));
            if (!hasBatchInFlight) {
                sendNext();
            }
            return kept.future();
        }

        private void sendNext() {
            if (waiting.isEmpty()) {
                hasBatchInFlight = false;
                outboxes.remove(channel, this);
                return;
            }
            hasBatchInFlight = true;
            List<Pending> batch = new ArrayList<>(Math.min(waiting.size(), MAX_BATCH));
            List<Submission> submissions = new ArrayList<>(Math.min(waiting.size(), MAX_BATCH));
            while (!waiting.isEmpty() && batch.size() < MAX_BATCH) {
                Pending next = waiting.remove();
                batch.add(next);
                submissions.add(next.submission());
            }
            append(new Submission.AppendRequest(channel, submissions)).onComplete(receipts -> {
                for (int i = 0; i < batch.size(); i++) {
                    if (receipts.succeeded()) {
                        batch.get(i).kept().complete(receipts.result().get(i));
                    } else {
                        batch.get(i).kept().fail(receipts.cause());
                    }
                }
                sendNext();
            });
        }
    }
}
