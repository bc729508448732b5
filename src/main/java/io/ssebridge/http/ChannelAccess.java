package io.ssebridge.http;

import io.ssebridge.access.Decision;
import io.ssebridge.access.Grant;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.event.Profile;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.request.Problem;
import io.ssebridge.request.RequestTarget;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the channels of a request, and checks that its caller may have all of them. */
final class ChannelAccess {
    /** A check of {@link io.ssebridge.access.Access} for one channel. */
    interface Decider {
        Decision decide(ChannelRule rule, ChannelName channel, @Nullable Grant grant);
    }

    private ChannelAccess() {}

    /**
     * Returns the channels in the path and the query, without duplicates; without any, the default channel.
     *
     * @param rules the rules, which may not map a channel to an address of the bridge
     * @param target a path such as {@code /stream/{channel}}
     * @param at the number of segments before the channel
     * @throws Problem if a name is invalid, or its address is reserved
     */
    static List<ChannelName> channels(ChannelRules rules, RequestTarget target, int at) {
        List<String> names =
                new ArrayList<>(target.segments().subList(at, target.segments().size()));
        names.addAll(target.all("channel"));
        if (names.isEmpty()) {
            return List.of(ChannelName.DEFAULT);
        }
        try {
            List<ChannelName> channels =
                    names.stream().map(ChannelName::new).distinct().toList();
            channels.forEach(rules::check);
            return channels;
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Returns the channels of a request that may name several, as {@link #channels(ChannelRules, RequestTarget, int)}
     * does.
     *
     * @param limits the largest number of channels
     * @throws Problem if there are too many, too
     */
    static List<ChannelName> channels(ChannelRules rules, RequestTarget target, int at, LimitOptions limits) {
        List<ChannelName> channels = channels(rules, target, at);
        if (channels.size() > limits.channelsPerStream()) {
            throw Problem.badRequest("channel: %d channels (expected: at most %d)"
                    .formatted(channels.size(), limits.channelsPerStream()));
        }
        return channels;
    }

    /**
     * Returns whether everybody may subscribe to all channels that a request names.
     *
     * @param rules the rules
     * @param target a path such as {@code /stream/{channel}}
     * @return false also if a name is invalid or has no rule
     */
    static boolean arePublic(ChannelRules rules, RequestTarget target) {
        try {
            return channels(rules, target, 1).stream()
                    .allMatch(channel -> rules.find(channel)
                            .filter(rule -> rule.subscribe().equals(Requirement.PUBLIC)
                                    && rule.hooks().authorize() == null)
                            .isPresent());
        } catch (Problem wrong) {
            return false;
        }
    }

    /**
     * Returns what selectors of events are compared with.
     *
     * @throws Problem if the properties of the caller's token are too large for that
     */
    static Profile profile(Optional<Grant> caller) {
        try {
            return caller.map(grant -> Profile.of(grant.subject(), grant.properties()))
                    .orElse(Profile.ANONYMOUS);
        } catch (IllegalArgumentException e) {
            throw Problem.badToken(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Returns the same, with the properties that a service adds on a channel.
     *
     * @throws Problem if they are too large together
     */
    static Profile profile(Optional<Grant> caller, Map<String, Object> added) {
        try {
            return profile(caller).with(added);
        } catch (IllegalArgumentException e) {
            throw Problem.forbidden("with those of the service, the properties are too large");
        }
    }

    /**
     * Checks that all channels have a rule, and that the caller may have all of them.
     *
     * @throws Problem for the first failing channel; missing rules are reported first, then a missing token, then
     *     missing grants
     */
    static void check(ChannelRules rules, List<ChannelName> channels, Optional<Grant> caller, Decider decider) {
        List<ChannelRule> found = new ArrayList<>(channels.size());
        for (ChannelName channel : channels) {
            found.add(rules.find(channel).orElseThrow(() -> Problem.noRule(channel.value())));
        }
        List<Decision> decisions = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            decisions.add(decider.decide(found.get(i), channels.get(i), caller.orElse(null)));
        }
        for (int i = 0; i < channels.size(); i++) {
            if (decisions.get(i) instanceof Decision.TokenNeeded) {
                throw Problem.tokenNeeded(channels.get(i).value());
            }
        }
        for (int i = 0; i < channels.size(); i++) {
            if (decisions.get(i) instanceof Decision.Forbidden no) {
                throw Problem.forbidden(no.reason(), channels.get(i).value());
            }
        }
    }
}
