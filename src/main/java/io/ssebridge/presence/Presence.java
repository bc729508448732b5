package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.PresenceRule;
import io.ssebridge.encoding.Utf8;
import io.ssebridge.hub.NodeHubs;
import io.ssebridge.hub.Owner;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SharedMap;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Counts the subscribers and members of channels, and lists the channels in use, over the whole cluster. Tells changes to
 * consumers on {@code sse.lifecycle}.
 *
 * <p>A node knows its own streams exactly, and no node stores those of another one. So each question goes to all nodes
 * ({@link PresenceQuestions}). Changes are found by the leader of each channel, to which all nodes report ({@link
 * Lifecycle}).
 *
 * <p><b>Owner:</b> the node's own context; {@link #of} and {@link #channels} may be called on any thread.
 */
public final class Presence {
    private static final String LIFECYCLE_ADDRESS = "sse.lifecycle";
    private static final String NO_PROPERTIES = "{}";

    private final Vertx vertx;
    private final Owner owner;
    private final ChannelRules rules;
    private final NodeClock clock;
    private final PresenceChannels publishing;
    private final LocalMembers members = new LocalMembers();
    private final PresenceQuestions questions;
    private final RosterReporter reporter;
    private final Lifecycle lifecycle;

    /**
     * Creates the presence of a node.
     *
     * @param owner the node's own context
     * @param shards know the leaders of channels
     * @param hubs count the streams of this node
     * @param loops the channels of each event loop
     * @param guard says whether this node may be cut off from the others
     * @param told what has been told about members, as in {@link io.ssebridge.membership.SharedMaps}
     * @param publishing publishes the changes that are events of a channel
     */
    public Presence(
            Vertx vertx,
            Owner owner,
            Nodes nodes,
            Shards shards,
            ChannelRules rules,
            NodeHubs hubs,
            List<LoopChannels> loops,
            SplitBrainGuard guard,
            SharedMap<String, String> told,
            NodeClock clock,
            PresenceOptions options,
            PresenceChannels publishing) {
        this.vertx = vertx;
        this.owner = owner;
        this.rules = rules;
        this.clock = clock;
        this.publishing = publishing;
        this.questions = new PresenceQuestions(
                rules,
                hubs,
                members,
                loops.stream().map(ChannelLister::new).toList(),
                new NodePoll(vertx, nodes, guard));
        this.lifecycle = new Lifecycle(vertx, nodes, guard, new ToldStates(told), clock, options.grace(), this::send);
        this.reporter = new RosterReporter(vertx, nodes, shards, clock, lifecycle::receive);
        hubs.onChange(this::channelChanged);
    }

    /**
     * Returns the subscribers of a channel in the whole cluster.
     *
     * @param channel the channel
     * @return the answer for a caller that may know it. Fails with a {@link io.vertx.core.eventbus.ReplyException} with an HTTP
     *     status as its code: 403 if the rule has {@code presence: none}, 503 if a node does not answer
     */
    public Future<JsonObject> of(ChannelName channel) {
        return owner.call(() -> questions.presence(channel));
    }

    /**
     * Lists the channels with subscribers in the whole cluster.
     *
     * @param scope the wanted channels
     * @return at most 1,000 channels; fails as {@link #of} does
     */
    public Future<JsonObject> channels(ChannelScope scope) {
        return owner.call(() -> questions.channels(scope));
    }

    /**
     * Answers the question of a node for the streams of this node.
     *
     * @param operation {@link Operation#PRESENCE} or {@link Operation#CHANNELS}
     * @throws IllegalArgumentException if the question has another form
     */
    public Future<JsonObject> answer(Operation operation, @Nullable Object question) {
        owner.assertHere();
        return questions.answer(operation, question);
    }

    /**
     * Makes a subject a member of the channels of its stream, as far as their rules have {@code presence: members}, until the
     * stream ends. Called on the stream's event loop.
     *
     * @param subscriber the stream
     * @param channels its channels
     * @param sub its subject
     * @param properties the public properties of the subject
     */
    public void attend(Subscriber subscriber, List<ChannelName> channels, String sub, Map<String, Object> properties) {
        List<ChannelName> attended =
                channels.stream().filter(channel -> rule(channel).hasMembers()).toList();
        if (attended.isEmpty()) {
            return;
        }
        Member stream = new Member(sub, 1, new JsonObject(properties).encode(), clock.millis());
        if (!Utf8.canEncode(sub) || !Utf8.canEncode(stream.properties())) {
            // JSON could not carry it, and the answer would fail for all members.
            return;
        }
        owner.run(() -> attended.forEach(channel -> enter(channel, stream)));
        subscriber.onClose(() -> owner.run(() -> attended.forEach(channel -> leave(channel, sub))));
    }

    /**
     * Gives a member of some channels the properties of a new token of one of its streams; called on the stream's event loop
     * while the stream is open.
     *
     * @param channels the channels of the stream
     * @param sub its subject
     * @param properties the public properties of the subject from now on
     */
    public void replace(List<ChannelName> channels, String sub, Map<String, Object> properties) {
        Member stream = new Member(sub, 1, new JsonObject(properties).encode(), clock.millis());
        if (!Utf8.canEncode(stream.properties())) {
            return;
        }
        owner.run(() -> channels.forEach(channel -> replace(channel, stream)));
    }

    private void replace(ChannelName channel, Member stream) {
        String before = members.properties(channel, stream.sub());
        members.replace(channel, stream);
        memberChanged(channel, stream.sub(), before);
    }

    /** Returns the rule of a channel; a channel without one tells nothing. */
    private PresenceRule rule(ChannelName channel) {
        return rules.findNow(channel).map(ChannelRule::presence).orElse(PresenceRule.NOTHING);
    }

    private void enter(ChannelName channel, Member stream) {
        String before = members.properties(channel, stream.sub());
        members.enter(channel, stream);
        memberChanged(channel, stream.sub(), before);
    }

    private void leave(ChannelName channel, String sub) {
        String before = members.properties(channel, sub);
        members.leave(channel, sub);
        memberChanged(channel, sub, before);
    }

    private void memberChanged(ChannelName channel, String sub, @Nullable String before) {
        String now = members.properties(channel, sub);
        if (!Objects.equals(before, now)) {
            report(channel, new Attendance(channel, sub), now);
        }
    }

    /** Notes that a channel has got its first subscriber here, or has lost its last one; called on its event loop. */
    private void channelChanged(ChannelName channel, boolean isLive) {
        // Without a report nothing runs on the owner.
        if (rule(channel).lifecycle() || !isLive && rules.haveBeenReplaced()) {
            owner.runDirectly(() -> report(channel, Attendance.ofChannel(channel), isLive ? NO_PROPERTIES : null));
        }
    }

    private void report(ChannelName channel, Attendance attendance, @Nullable String properties) {
        // What has been reported under earlier rules must end.
        if (rule(channel).lifecycle() || properties == null && reporter.knows(attendance)) {
            reporter.change(attendance, properties);
        }
    }

    /** Sends a change: first as an event, which may have to be repeated, and then to the consumers on the event bus. */
    private Future<Void> send(LifecycleMessage message) {
        List<Future<Void>> events = message.isOfMember()
                ? rules.presenceChannels(message.channel()).stream()
                        .map(channel -> publishing.publish(channel, message.toEvent(), message.id()))
                        .toList()
                : List.of();
        return Future.all(events).map(published -> {
            vertx.eventBus().publish(LIFECYCLE_ADDRESS, message.toJson());
            return null;
        });
    }

    /**
     * Takes the reports of a node on its members, for the shards that this node leads.
     *
     * @return the shards of the reports that are not taken
     * @throws IllegalArgumentException if the body has another form
     */
    public JsonArray receive(String node, @Nullable Object body) {
        owner.assertHere();
        return lifecycle.receive(node, RosterReport.decodeAll(body));
    }

    /**
     * Reports all members of this node in some shards.
     *
     * @throws IllegalArgumentException if the body has another form
     */
    public void wanted(@Nullable Object body) {
        owner.assertHere();
        if (!(body instanceof JsonArray wanted)) {
            throw new IllegalArgumentException("roster: expected a JsonArray");
        }
        reporter.wanted(wanted);
        // At once: the Vert.x of a closed node may stay in the cluster, and no periodic work would report later.
        reporter.report();
    }

    /** Begins to tell the changes in a shard that this node leads now. */
    public void take(int shard) {
        owner.assertHere();
        lifecycle.take(shard);
    }

    /**
     * Stops telling the changes in a shard.
     *
     * @return completes when no message of this node is in flight, or after some seconds
     */
    public Future<Void> release(int shard) {
        owner.assertHere();
        return lifecycle.release(shard);
    }

    /** Reports and tells the changes that are due; called several times a second. */
    public void tick() {
        owner.assertHere();
        reporter.report();
        lifecycle.tick();
    }

    /** Learns that nodes have come or left. */
    public void nodesChanged() {
        owner.assertHere();
        questions.nodesChanged();
        lifecycle.nodesChanged();
    }
}
