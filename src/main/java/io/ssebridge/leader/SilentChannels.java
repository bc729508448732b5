package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRule;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;

/**
 * The led channels without published events, by their rules. A channel keeps its address for its time to live after its
 * last subscriber has left. If room is needed, the channel with the longest time without subscribers is released first.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class SilentChannels {
    private final ChannelRoom room;
    // Channels without subscribers; the channel that lost its subscribers first comes first.
    private final Map<ChannelRule, LinkedHashSet<ChannelName>> abandoned = new HashMap<>();

    SilentChannels(ChannelRoom room) {
        this.room = room;
    }

    /** Records whether a silent channel has subscribers now. */
    void subscribed(ChannelRule rule, ChannelName name, boolean hasSubscribers) {
        forget(rule, name);
        if (!hasSubscribers) {
            abandoned.computeIfAbsent(rule, first -> new LinkedHashSet<>()).add(name);
        }
    }

    /** Removes a channel that is not silent any more, or not led any more. */
    void forget(ChannelRule rule, ChannelName name) {
        LinkedHashSet<ChannelName> names = abandoned.get(rule);
        if (names != null && names.remove(name) && names.isEmpty()) {
            abandoned.remove(rule);
        }
    }

    /**
     * Returns the channel to release if there is no room for one more channel of a rule. It belongs to the rule itself
     * or, if there is none, to another rule with more channels than its share.
     */
    Optional<ChannelName> first(ChannelRule rule) {
        LinkedHashSet<ChannelName> own = abandoned.get(rule);
        if (own != null) {
            return own.stream().findFirst();
        }
        if (room.isAtLimit(rule)) {
            return Optional.empty();
        }
        return abandoned.entrySet().stream()
                .filter(entry -> room.isAboveShare(entry.getKey()))
                .map(Map.Entry::getValue)
                .max(Comparator.comparingInt(LinkedHashSet::size))
                .flatMap(names -> names.stream().findFirst());
    }
}
