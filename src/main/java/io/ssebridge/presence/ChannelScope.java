package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The channels that a caller wants in a list. Immutable.
 *
 * @param patterns the patterns that cover them
 * @param subject the value of <code>{sub}</code> in these patterns; empty: any segment
 * @param after the list begins after this name; empty text: at the first name
 */
public record ChannelScope(List<ChannelPattern> patterns, Optional<String> subject, String after) {
    private static final ChannelPattern ALL = ChannelPattern.of("**");

    /** Copies the patterns. */
    public ChannelScope {
        patterns = List.copyOf(patterns);
    }

    /**
     * Returns the scope with all channels.
     *
     * @param after as in the component
     */
    public static ChannelScope all(String after) {
        return new ChannelScope(List.of(ALL), Optional.empty(), after);
    }

    /** Returns whether a channel is in the list. */
    boolean contains(ChannelName channel) {
        return channel.value().compareTo(after) > 0 && patterns.stream().anyMatch(pattern -> covers(pattern, channel));
    }

    private boolean covers(ChannelPattern pattern, ChannelName channel) {
        return subject.isPresent() ? pattern.matches(channel, subject.get()) : pattern.matches(channel);
    }

    /** Encodes the scope for another node. */
    JsonObject encode() {
        JsonArray texts = new JsonArray();
        patterns.forEach(pattern -> texts.add(pattern.toString()));
        JsonObject json = new JsonObject().put("patterns", texts).put("after", after);
        subject.ifPresent(sub -> json.put("subject", sub));
        return json;
    }

    /**
     * Reads a scope.
     *
     * @throws RuntimeException if the JSON has another form
     */
    static ChannelScope decode(JsonObject json) {
        JsonArray texts = json.getJsonArray("patterns");
        List<ChannelPattern> patterns = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            patterns.add(ChannelPattern.of(texts.getString(i)));
        }
        return new ChannelScope(patterns, Optional.ofNullable(json.getString("subject")), json.getString("after"));
    }
}
