package io.ssebridge.presence;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The subscribers of one channel, on one node or on all nodes. Immutable.
 *
 * @param subscribers their number
 * @param members the members in the order of their subjects, from the first one on
 * @param more whether members after the last one in the list are left out
 */
record ChannelPresence(int subscribers, List<Member> members, boolean more) {
    /** The largest number of members. */
    static final int MAX_MEMBERS = 1_000;

    // So encoding an answer takes about a millisecond of the event loop.
    static final int MAX_BYTES = 256 << 10;

    ChannelPresence {
        members = List.copyOf(members);
    }

    /**
     * Creates the presence with as many members as an answer may have.
     *
     * @param sorted the members in the order of their subjects
     * @param more whether members after the last one are left out already
     */
    static ChannelPresence bounded(int subscribers, Collection<Member> sorted, boolean more) {
        List<Member> fitting = new ArrayList<>(Math.min(sorted.size(), MAX_MEMBERS));
        int bytes = 0;
        for (Member member : sorted) {
            bytes += member.bytes();
            if (fitting.size() == MAX_MEMBERS || bytes > MAX_BYTES && !fitting.isEmpty()) {
                return new ChannelPresence(subscribers, fitting, true);
            }
            fitting.add(member);
        }
        return new ChannelPresence(subscribers, fitting, more);
    }

    /**
     * Adds up the parts of all nodes. A node that left members out may have more streams of any later subject, so the sum
     * ends where the first of these nodes ends.
     */
    static ChannelPresence sum(List<ChannelPresence> parts) {
        int subscribers = 0;
        @Nullable String last = null;
        TreeMap<String, Member> members = new TreeMap<>();
        for (ChannelPresence part : parts) {
            subscribers += part.subscribers;
            part.members.forEach(member -> members.merge(member.sub(), member, Member::plus));
            if (part.more) {
                String end = part.members.get(part.members.size() - 1).sub();
                last = last == null || end.compareTo(last) < 0 ? end : last;
            }
        }
        return last == null
                ? bounded(subscribers, members.values(), false)
                : bounded(subscribers, members.headMap(last, true).values(), true);
    }

    /** Encodes the presence for another node. */
    JsonObject encode() {
        JsonArray list = new JsonArray();
        members.forEach(member -> list.add(member.encode()));
        return new JsonObject()
                .put("subscribers", subscribers)
                .put("members", list)
                .put("more", more);
    }

    /**
     * Reads the presence on another node.
     *
     * @throws RuntimeException if the JSON has another form
     */
    static ChannelPresence decode(JsonObject json) {
        JsonArray list = json.getJsonArray("members");
        List<Member> members = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            members.add(Member.decode(list.getJsonArray(i)));
        }
        return new ChannelPresence(
                json.getInteger("subscribers"), members, json.getBoolean("more") && !members.isEmpty());
    }
}
