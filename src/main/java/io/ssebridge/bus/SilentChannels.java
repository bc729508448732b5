package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRule;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;

/**
 * The led channels in which no event has been published, by their rules. One that has lost its last subscriber keeps its
 * address for its time to live; when the room is needed, the one that has been without subscribers longest goes first.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class SilentChannels {
    private final ChannelRoom room;
    // Without subscribers, those that have been so longest first.
    private final Map<ChannelRule, LinkedHashSet<ChannelName>> abandoned = new HashMap<>();

    SilentChannels(ChannelRoom room) {
        this.room = room;
    }

    /** Notes whether a silent channel has subscribers at this moment. */
    void subscribed(ChannelRule rule, ChannelName name, boolean hasSubscribers) {
        forget(rule, name);
        if (!hasSubscribers) {
            abandoned.computeIfAbsent(rule, first -> new LinkedHashSet<>()).add(name);
        }
    }

    /** A channel is not silent any more, or not led. */
    void forget(ChannelRule rule, ChannelName name) {
        LinkedHashSet<ChannelName> names = abandoned.get(rule);
        if (names != null && names.remove(name) && names.isEmpty()) {
            abandoned.remove(rule);
        }
    }

    /**
     * The channel to let go of when there is no room for one more of a rule: of the rule itself, else of another that has more
     * than its share.
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
