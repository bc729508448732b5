package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The members of channels on this node: the subjects that have streams here.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class LocalMembers {
    // Sorted by subject: an answer has the first ones.
    private final Map<ChannelName, TreeMap<String, Member>> channels = new HashMap<>();

    /** Adds one stream of a subject. */
    void enter(ChannelName channel, Member stream) {
        channels.computeIfAbsent(channel, first -> new TreeMap<>()).merge(stream.sub(), stream, Member::plus);
    }

    /** Removes one stream of a subject. The properties of its newest stream stay as long as it has another one. */
    void leave(ChannelName channel, String sub) {
        channels.computeIfPresent(channel, (same, members) -> {
            members.computeIfPresent(
                    sub,
                    (who, member) -> member.subscribers() == 1
                            ? null
                            : new Member(sub, member.subscribers() - 1, member.properties(), member.openedMillis()));
            return members.isEmpty() ? null : members;
        });
    }

    /** Makes a stream the newest one of its subject; the number of streams stays. Does nothing if there is no such member. */
    void replace(ChannelName channel, Member stream) {
        channels.computeIfPresent(channel, (same, members) -> {
            members.computeIfPresent(
                    stream.sub(),
                    (sub, member) -> new Member(sub, member.subscribers(), stream.properties(), stream.openedMillis()));
            return members;
        });
    }

    /** Returns the public properties of a member, as JSON; null: the subject is not a member. */
    @Nullable
    String properties(ChannelName channel, String sub) {
        TreeMap<String, Member> members = channels.get(channel);
        Member member = members == null ? null : members.get(sub);
        return member == null ? null : member.properties();
    }

    /** Returns the members of a channel, in the order of their subjects. */
    Collection<Member> of(ChannelName channel) {
        TreeMap<String, Member> members = channels.get(channel);
        return members == null ? List.of() : members.values();
    }
}
