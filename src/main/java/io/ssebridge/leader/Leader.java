package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.leader.LedChannels.Need;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.AppendReceipt;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Leads channels on one event loop: those of its shards that this node has taken.
 *
 * <p>An event goes from ingest to history, announcement, hub and subscriber. This class is the middle: only a leader
 * numbers events and announces them to nodes. A channel is here from its first use until it is idle, or until another
 * node leads its shard. The parts:
 *
 * <ul>
 *   <li>{@link LedChannels} opens and closes channels; {@link LeaderRoom} limits their number.
 *   <li>{@link LedChannel} appends the events of one channel.
 *   <li>{@link Attachments} attaches nodes to channels; {@link AnnouncementDispatcher} sends to them.
 *   <li>{@link ShardDuties} takes up the channels of a shard, and releases them.
 * </ul>
 *
 * <p><b>Owner:</b> the event loop of its shards.
 */
public final class Leader {
    private static final int CHANNELS_PER_TURN = 200;

    private final Context context;
    private final LoopThread owner;
    private final Nodes nodes;
    private final ChannelRules rules;
    private final ChannelDirectory directory;
    private final NodeClock clock;
    private final AnnouncementDispatcher announcements;
    private final LedChannels channels;
    private final Attachments attachments;
    private final ShardDuties duties;

    /**
     * Creates a leader that leads no channel yet.
     *
     * @param context the event loop of the shards
     * @param limits the limits that the leaders on all event loops of this node share
     * @param here receives announcements for this node
     */
    public Leader(
            Vertx vertx,
            Context context,
            Nodes nodes,
            ChannelRules rules,
            Stores stores,
            SplitBrainGuard guard,
            ChannelAddresses addresses,
            NodeClock clock,
            LeaderLimits limits,
            Consumer<Announcement> here) {
        this.context = context;
        this.owner = new LoopThread(context);
        this.nodes = nodes;
        this.rules = rules;
        this.directory = stores.directory();
        this.clock = clock;
        this.announcements = new AnnouncementDispatcher(owner, vertx, nodes, limits.unsent(), here);
        LeaderRoom room = new LeaderRoom(owner, context, limits);
        this.channels = new LedChannels(
                owner,
                rules,
                (name, rule) -> new LedChannel(
                        owner,
                        vertx,
                        name,
                        rule.history().size(),
                        limits.histories(),
                        stores,
                        guard::confirmed,
                        announcements::send,
                        clock),
                addresses,
                room,
                limits.histories(),
                clock);
        limits.search().add(context, channels::makeSilentRoom);
        this.attachments = new Attachments(owner, channels, room, clock);
        this.duties = new ShardDuties(
                owner, vertx, nodes, rules, directory, addresses, channels, attachments, new LogLimit(clock));
    }

    /** Returns the duties of this node for the shards that it leads. */
    public Shards.Duties duties() {
        return duties;
    }

    /** Returns whether this node has taken up the duties of a shard, and has not released it. */
    public boolean leads(int shard) {
        owner.assertHere();
        return channels.leads(shard);
    }

    /** Appends and announces events. This node leads their channel. */
    public Future<List<AppendReceipt>> append(ChannelName name, List<Submission> submissions) {
        owner.assertHere();
        return channels.opened(name, Need.PUBLISH).compose(channel -> {
            channel.used(clock.elapsedMillis());
            return channel.append(submissions);
        });
    }

    /**
     * Announces a channel to a node from now on.
     *
     * @return the newest frame of the channel
     */
    public Future<Cursor> attach(ChannelName name, String node) {
        owner.assertHere();
        return attachments.attach(name, node, Need.SUBSCRIBE);
    }

    /** Stops announcing a channel to a node that has no subscribers on it any more. */
    public void detach(ChannelName name, String node) {
        owner.assertHere();
        attachments.detach(name, node);
    }

    /** Returns the newest frame of a channel. It does not open an unused channel, which has no history. */
    public Future<Cursor> tail(ChannelName name) {
        owner.assertHere();
        Future<Void> gone = channels.closing(name);
        if (gone != null) {
            return gone.transform(done -> tail(name));
        }
        if (rules.find(name).isEmpty()) {
            return Future.failedFuture(Refusals.noRule(name));
        }
        OpenChannel entry = channels.find(name);
        if (entry != null) {
            return entry.open().compose(LedChannel::certainTail);
        }
        return directory
                .knows(name)
                .compose(known -> known
                        ? channels.opened(name, Need.TAKE_OVER).compose(LedChannel::certainTail)
                        : Future.succeededFuture(new Cursor.Start(clock.millis())));
    }

    /** Removes nodes that have left the cluster from the attached nodes of all channels. */
    public void nodesChanged() {
        owner.assertHere();
        announcements.retain(nodes.present());
        attachments.retain(nodes.present());
    }

    /**
     * Returns the led channels that nodes have attached, each with the time of its newest event in milliseconds since 1970, or
     * 0 if no event is known.
     */
    public Map<ChannelName, Long> attached() {
        owner.assertHere();
        Map<ChannelName, Long> found = new HashMap<>();
        for (OpenChannel entry : channels.all()) {
            if (!entry.channel().attached().isEmpty()) {
                found.put(entry.name(), entry.channel().lastEventMillis());
            }
        }
        return found;
    }

    /** Marks all histories as doubtful, because they may have been replaced. */
    public void doubtHistories() {
        owner.assertHere();
        channels.all().forEach(entry -> entry.channel().doubt());
    }

    /**
     * Follows the rules after they have been replaced, a number of channels in each turn.
     *
     * @return completes when all led channels follow them
     */
    public Future<Void> rulesChanged() {
        owner.assertHere();
        Promise<Void> done = Promise.promise();
        List<ChannelName> led = channels.all().stream().map(OpenChannel::name).toList();
        follow(new ArrayDeque<>(led), done);
        return done.future().compose(followed -> duties.rulesChanged());
    }

    private void follow(Deque<ChannelName> rest, Promise<Void> done) {
        for (int i = 0; i < CHANNELS_PER_TURN && !rest.isEmpty(); i++) {
            channels.follow(rest.remove());
        }
        if (rest.isEmpty()) {
            done.complete();
        } else {
            context.runOnContext(next -> follow(rest, done));
        }
    }

    /** Repeats tails that nodes may have missed, and releases idle channels. */
    public void sweep() {
        owner.assertHere();
        channels.sweep();
    }
}
