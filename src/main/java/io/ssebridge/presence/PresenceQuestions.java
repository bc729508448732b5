package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.PresenceRule;
import io.ssebridge.hub.NodeHubs;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions for subscribers and channels in use. Each question goes to all nodes, and the answers are added up.
 * Equal questions at the same time share one round of messages.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class PresenceQuestions {
    /** The largest number of different questions at the same time. */
    static final int MAX_QUESTIONS = 64;

    private final ChannelRules rules;
    private final NodeHubs hubs;
    private final LocalMembers members;
    private final List<ChannelLister> listers;
    private final NodePoll poll;
    private final Map<Object, Future<JsonObject>> inFlight = new HashMap<>();

    PresenceQuestions(
            ChannelRules rules, NodeHubs hubs, LocalMembers members, List<ChannelLister> listers, NodePoll poll) {
        this.rules = rules;
        this.hubs = hubs;
        this.members = members;
        this.listers = List.copyOf(listers);
        this.poll = poll;
    }

    /** Counts the subscribers of a channel, as {@link Presence#of} describes. */
    Future<JsonObject> presence(ChannelName channel) {
        PresenceRule rule = rules.find(channel).map(ChannelRule::presence).orElseThrow(() -> Refusals.noRule(channel));
        if (rule.kind() == PresenceRule.Kind.NONE) {
            throw Refusals.of(Refusals.FORBIDDEN, "channel \"%s\": its rule has presence: none".formatted(channel));
        }
        return shared(channel, () -> sum(channel, rule));
    }

    private Future<JsonObject> sum(ChannelName channel, PresenceRule rule) {
        return poll.ask(Operation.PRESENCE, new JsonObject().put("channel", channel.value()), this::presenceHere)
                .map(parts -> ChannelPresence.sum(
                        parts.stream().map(ChannelPresence::decode).toList()))
                .map(all -> answer(channel, rule, all));
    }

    private static JsonObject answer(ChannelName channel, PresenceRule rule, ChannelPresence all) {
        JsonObject answer = new JsonObject().put("channel", channel.value()).put("subscribers", all.subscribers());
        if (rule.hasMembers()) {
            JsonArray list = new JsonArray();
            all.members().forEach(member -> list.add(member.toJson()));
            answer.put("members", list);
            if (all.more()) {
                answer.put("more", true);
            }
        }
        return answer;
    }

    /** Lists channels, as {@link Presence#channels} describes. */
    Future<JsonObject> channels(ChannelScope scope) {
        return shared(
                scope,
                () -> poll.ask(Operation.CHANNELS, scope.encode(), this::channelsHere)
                        .map(ChannelList::sum));
    }

    private Future<JsonObject> shared(Object question, Supplier<Future<JsonObject>> ask) {
        Future<JsonObject> known = inFlight.get(question);
        if (known != null) {
            return known;
        }
        if (inFlight.size() >= MAX_QUESTIONS) {
            return Future.failedFuture(
                    Refusals.of(Refusals.TOO_MANY, "too many questions for presence at the same time"));
        }
        Future<JsonObject> answer = ask.get();
        if (!answer.isComplete()) {
            inFlight.put(question, answer);
        }
        return answer.onComplete(done -> inFlight.remove(question, answer));
    }

    /** Answers the question of a node, as {@link Presence#answer} describes. */
    Future<JsonObject> answer(Operation operation, @Nullable Object question) {
        if (!(question instanceof JsonObject json)) {
            throw new IllegalArgumentException("presence: expected a JsonObject");
        }
        return JsonForm.read(() -> operation == Operation.PRESENCE ? presenceHere(json) : channelsHere(json));
    }

    private Future<JsonObject> presenceHere(JsonObject question) {
        ChannelName channel = new ChannelName(question.getString("channel"));
        return hubs.subscribers(channel)
                .map(subscribers -> ChannelPresence.bounded(subscribers, members.of(channel), false)
                        .encode());
    }

    private Future<JsonObject> channelsHere(JsonObject question) {
        ChannelScope scope = ChannelScope.decode(question);
        List<Future<ChannelList>> parts =
                listers.stream().map(lister -> lister.list(scope)).toList();
        return Future.join(parts)
                .map(done -> ChannelList.of(parts.stream().map(Future::result).toList())
                        .encode());
    }

    /** Ends the questions to nodes that have left the cluster. */
    void nodesChanged() {
        poll.nodesChanged();
    }
}
