package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.leader.LedChannels.Need;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.Shards;
import io.ssebridge.time.LogLimit;
import io.ssebridge.wire.MessageCodec;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes up the channels of a shard, and releases them. A new leader asks all other nodes for their channels, so that it
 * announces to every attached node from its first event on.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class ShardDuties implements Shards.Duties {
    private static final Logger LOG = LoggerFactory.getLogger(ShardDuties.class);
    private static final long ANSWER_MILLIS = 1_000;
    // Two nodes that hand shards to each other could wait for each other, if an address feeds channels of other shards.
    private static final long ANSWERED_MILLIS = 5_000;

    private final LoopThread owner;
    private final Vertx vertx;
    private final Nodes nodes;
    private final ChannelRules rules;
    private final ChannelDirectory directory;
    private final ChannelAddresses addresses;
    private final LedChannels channels;
    private final Attachments attachments;
    private final LogLimit logLimit;

    ShardDuties(
            LoopThread owner,
            Vertx vertx,
            Nodes nodes,
            ChannelRules rules,
            ChannelDirectory directory,
            ChannelAddresses addresses,
            LedChannels channels,
            Attachments attachments,
            LogLimit logLimit) {
        this.owner = owner;
        this.vertx = vertx;
        this.nodes = nodes;
        this.rules = rules;
        this.directory = directory;
        this.addresses = addresses;
        this.channels = channels;
        this.attachments = attachments;
        this.logLimit = logLimit;
    }

    /** Takes up a shard. It can be called again for a held shard, to retry the parts that have failed. */
    @Override
    public Future<Void> take(int shard) {
        owner.assertHere();
        channels.hold(shard);
        Future<Void> opened = Future.join(
                        addresses.openShared(shard),
                        openAll(fixed(shard)),
                        openAll(directory.of(shard).map(this::usable)))
                .mapEmpty();
        return Future.join(opened, rejoin(shard))
                .onComplete(taken -> {
                    channels.lead(shard);
                    announceTails(shard);
                })
                .transform(taken -> opened);
    }

    /** {@inheritDoc} Messages that have come still go to the leader that they would have had, which is this one or the next. */
    @Override
    public void overtaken(int shard) {
        owner.assertHere();
        channels.stopLeading(shard);
    }

    /**
     * Releases a shard, in an order that keeps that of the events of each sender. First no more messages come in here. Then
     * those that have come are appended, still by this leader. Only then the channels are closed, and the next leader can
     * open the addresses.
     */
    @Override
    public Future<Void> release(int shard) {
        owner.assertHere();
        return Future.join(addresses.closeShared(shard), channels.closeAddresses(shard))
                .transform(closed -> channels.leads(shard) ? answered(shard) : Future.succeededFuture())
                .transform(answered -> channels.leave(shard));
    }

    private Future<Void> answered(int shard) {
        Future<Void> answered = addresses.answered(shard);
        if (answered.isComplete()) {
            return answered;
        }
        Promise<Void> done = Promise.promise();
        long timer = vertx.setTimer(ANSWERED_MILLIS, late -> {
            LOG.warn("Shard {} is released with unanswered messages; later events may overtake them", shard);
            done.complete();
        });
        answered.onSuccess(all -> {
            if (vertx.cancelTimer(timer)) {
                done.complete();
            }
        });
        return done.future();
    }

    /** Consumes the addresses that the rules name now, in the shards that this node leads. */
    Future<Void> rulesChanged() {
        owner.assertHere();
        List<Future<Void>> all = new ArrayList<>();
        all.add(addresses.sharedChanged(channels::holds));
        for (int shard = 0; shard < Shards.COUNT; shard++) {
            if (channels.holds(shard)) {
                all.add(openAll(fixed(shard)));
            }
        }
        return Future.join(all).mapEmpty();
    }

    /**
     * Adds the led channels to the directory again if it has lost them. Both copies of an entry may be lost when two
     * members leave at once. Without the entry, the next leader would take a channel with a history for a new one.
     */
    @Override
    public Future<Void> enterAgain() {
        owner.assertHere();
        List<ChannelName> led = channels.all().stream()
                .filter(entry -> entry.open().succeeded())
                .map(OpenChannel::name)
                .toList();
        return directory
                .missing(led)
                .compose(missing ->
                        Future.join(missing.stream().map(this::enterAgain).toList()))
                .mapEmpty();
    }

    private Future<Void> enterAgain(ChannelName name) {
        OpenChannel entry = channels.find(name);
        if (entry == null) {
            return Future.succeededFuture();
        }
        LOG.warn("Channel {} was missing from the directory and is added again", name);
        return entry.channel().tail() instanceof Cursor.Start start
                ? directory.enter(name, start.timeMillis()).mapEmpty()
                : directory.hasHistory(name);
    }

    /** Returns the channels of rules without variables: their addresses are consumed from the start. */
    private Future<Collection<ChannelName>> fixed(int shard) {
        return Future.succeededFuture(rules.all().stream()
                .filter(rule -> rule.channel().isLiteral())
                .map(rule -> new ChannelName(rule.channel().toString()))
                .filter(name -> Shards.of(name) == shard)
                .toList());
    }

    /**
     * Returns the channels that can be opened here. A node with another configuration may have entered channels that
     * have no rule here. An older version may even have entered channels that are fed from reserved addresses.
     */
    private Collection<ChannelName> usable(Collection<ChannelName> names) {
        return names.stream().filter(this::isUsable).toList();
    }

    private boolean isUsable(ChannelName name) {
        try {
            if (rules.find(name).isPresent()) {
                return true;
            }
            logLimit.log(() -> LOG.warn("Channel {} is in use on another node, but has no rule on this node", name));
        } catch (IllegalArgumentException reserved) {
            logLimit.log(() -> LOG.warn("Removing from the directory: {}", reserved.getMessage()));
            // The directory logs a failure itself.
            var unused = directory.remove(name);
        }
        return false;
    }

    private Future<Void> openAll(Future<Collection<ChannelName>> names) {
        return names.compose(all -> Future.join(all.stream()
                        .map(name -> channels.opened(name, Need.TAKE_OVER))
                        .toList())
                .mapEmpty());
    }

    // All members are asked: a draining node is not ready any more but still has subscribers. A node that does not
    // answer attaches its channels itself a few seconds later. A service that is not a node of the bridge has no such
    // address, and the question to it fails at once.
    private Future<Void> rejoin(int shard) {
        List<Future<Void>> answers = new ArrayList<>();
        for (String node : nodes.present()) {
            answers.add(vertx.eventBus()
                    .request(
                            Wire.node(node),
                            null,
                            Wire.options(Operation.LISTENING, nodes.self(), shard)
                                    .setSendTimeout(ANSWER_MILLIS))
                    .compose(answer -> Future.join(MessageCodec.decodeNames(answer.body()).stream()
                                    .filter(name -> Shards.of(name) == shard && isUsable(name))
                                    .map(name -> attachments.attach(name, node, Need.TAKE_OVER))
                                    .toList())
                            .mapEmpty()));
        }
        return Future.join(answers).<Void>mapEmpty().otherwiseEmpty();
    }

    // The previous leader may have appended events that it could not announce any more.
    private void announceTails(int shard) {
        for (OpenChannel entry : channels.all()) {
            if (Shards.of(entry.name()) == shard && entry.open().succeeded()) {
                entry.channel().announceTail();
            }
        }
    }
}
