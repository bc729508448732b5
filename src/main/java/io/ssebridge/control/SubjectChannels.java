package io.ssebridge.control;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.vertx.core.json.JsonArray;
import java.util.List;
import java.util.stream.Stream;

/**
 * Channels from which a subject is disconnected.
 *
 * @param subject the subject
 * @param patterns the channels; a name is a pattern of one channel. The patterns have no variables
 */
public record SubjectChannels(String subject, List<ChannelPattern> patterns) {
    private static final ChannelPattern ALL = ChannelPattern.of("**");

    /** Copies the patterns. */
    public SubjectChannels {
        patterns = List.copyOf(patterns);
    }

    /**
     * Returns some channels of a subject.
     *
     * @param subject the subject
     * @param channels the channels
     */
    public static SubjectChannels of(String subject, List<ChannelName> channels) {
        return new SubjectChannels(
                subject,
                channels.stream().map(name -> ChannelPattern.of(name.value())).toList());
    }

    /** Returns all channels of a subject. */
    static SubjectChannels all(String subject) {
        return new SubjectChannels(subject, List.of(ALL));
    }

    boolean contains(ChannelName channel) {
        return patterns.stream().anyMatch(pattern -> pattern.matches(channel));
    }

    /** Writes this as the key of an entry in a map of the cluster. */
    String encode() {
        Stream<String> texts = patterns.stream().map(ChannelPattern::toString);
        return new JsonArray(Stream.concat(Stream.of(subject), texts).toList()).encode();
    }

    /**
     * Reads such a key.
     *
     * @throws RuntimeException if the text has another form
     */
    static SubjectChannels decode(String text) {
        List<String> texts =
                new JsonArray(text).stream().map(String.class::cast).toList();
        return new SubjectChannels(
                texts.get(0), texts.stream().skip(1).map(ChannelPattern::of).toList());
    }
}
