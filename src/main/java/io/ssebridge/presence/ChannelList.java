package io.ssebridge.presence;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A list of channels in the order of their names, on one node or on all nodes.
 *
 * <p><b>Owner:</b> one event loop at a time.
 */
final class ChannelList {
    /** The largest number of channels. */
    static final int MAX_CHANNELS = 1_000;

    private static final int FIELDS = 3;

    private final TreeMap<String, Use> channels = new TreeMap<>();
    private boolean more;

    /**
     * The use of a channel.
     *
     * @param subscribers the number of its subscribers
     * @param lastEventMillis the time of its newest event, in milliseconds since 1970; 0: none is known
     */
    record Use(int subscribers, long lastEventMillis) {
        private Use plus(Use other) {
            return new Use(subscribers + other.subscribers, Math.max(lastEventMillis, other.lastEventMillis));
        }
    }

    /** Adds a channel. If there are too many then, the last one is left out. */
    void add(String channel, Use use) {
        channels.merge(channel, use, Use::plus);
        if (channels.size() > MAX_CHANNELS) {
            channels.pollLastEntry();
            more = true;
        }
    }

    /**
     * Combines the lists of different channels. A list that leaves channels out has more of them after its last one, so the
     * result ends where the first of these lists ends.
     */
    static ChannelList of(List<ChannelList> parts) {
        ChannelList all = new ChannelList();
        parts.forEach(part -> part.channels.forEach(all::add));
        for (ChannelList part : parts) {
            if (part.more) {
                all.more = true;
                all.channels.tailMap(part.channels.lastKey(), false).clear();
            }
        }
        return all;
    }

    /** Encodes the list for another node. */
    JsonObject encode() {
        JsonArray flat = new JsonArray();
        channels.forEach((name, use) -> flat.add(name).add(use.subscribers()).add(use.lastEventMillis()));
        return new JsonObject().put("channels", flat).put("more", more);
    }

    /**
     * Adds up the lists of all nodes, as {@link ChannelPresence#sum} adds up members, and returns the sum as callers read it.
     * Channels without subscribers are left out.
     *
     * @throws RuntimeException if the JSON has another form
     */
    static JsonObject sum(List<JsonObject> parts) {
        TreeMap<String, Use> all = new TreeMap<>();
        boolean more = false;
        String last = "";
        for (JsonObject part : parts) {
            JsonArray flat = part.getJsonArray("channels");
            for (int i = 0; i < flat.size(); i += FIELDS) {
                all.merge(flat.getString(i), new Use(flat.getInteger(i + 1), flat.getLong(i + 2)), Use::plus);
            }
            if (part.getBoolean("more")) {
                String end = flat.getString(flat.size() - FIELDS);
                last = !more || end.compareTo(last) < 0 ? end : last;
                more = true;
            }
        }
        return toJson(more ? all.headMap(last, true) : all, more);
    }

    private static JsonObject toJson(Map<String, Use> all, boolean cut) {
        JsonArray list = new JsonArray();
        boolean more = cut;
        for (var entry : all.entrySet()) {
            Use use = entry.getValue();
            if (use.subscribers() > 0) {
                if (list.size() == MAX_CHANNELS) {
                    more = true;
                    break;
                }
                list.add(new JsonObject()
                        .put("channel", entry.getKey())
                        .put("subscribers", use.subscribers())
                        .put(
                                "last",
                                use.lastEventMillis() == 0
                                        ? null
                                        : Instant.ofEpochMilli(use.lastEventMillis())
                                                .toString()));
            }
        }
        JsonObject answer = new JsonObject().put("channels", list);
        return more ? answer.put("more", true) : answer;
    }
}
