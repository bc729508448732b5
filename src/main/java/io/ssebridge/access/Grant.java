package io.ssebridge.access;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a good token allows. Immutable, all the way down.
 *
 * @param subject whom the token names
 * @param subscribe the channels whose events the subject may read
 * @param publish the channels on which the subject may publish
 * @param admin the channels that the subject may look into and clear
 * @param properties the subject's public properties; a JSON object or array within is a {@link Map} or a {@link List}
 * @param expires when the token expires by its own word, without the leeway for clocks that differ
 */
public record Grant(
        String subject,
        List<ChannelPattern> subscribe,
        List<ChannelPattern> publish,
        List<ChannelPattern> admin,
        Map<String, Object> properties,
        Instant expires) {

    private static final Set<String> VARIABLES = Set.of(ChannelPattern.SUBJECT);

    /**
     * Keeps copies.
     *
     * @throws IllegalArgumentException if a pattern has another variable than <code>{sub}</code>
     */
    public Grant {
        subscribe = List.copyOf(subscribe);
        publish = List.copyOf(publish);
        admin = List.copyOf(admin);
        properties = Frozen.properties(properties);
        subscribe.forEach(Grant::checkVariables);
        publish.forEach(Grant::checkVariables);
        admin.forEach(Grant::checkVariables);
    }

    /**
     * Reads a pattern as it stands in a token.
     *
     * @param text for example <code>users.{sub}.**</code>
     * @throws IllegalArgumentException if it is malformed, or has another variable than <code>{sub}</code>
     */
    public static ChannelPattern pattern(String text) {
        ChannelPattern pattern = ChannelPattern.of(text);
        checkVariables(pattern);
        return pattern;
    }

    // Nothing binds another variable in a token: it would stand for any segment, a * that does not look like one.
    private static void checkVariables(ChannelPattern pattern) {
        if (!VARIABLES.containsAll(pattern.variables())) {
            throw new IllegalArgumentException(
                    "pattern \"%s\": has a variable of its own (expected: only {sub})".formatted(pattern));
        }
    }

    /**
     * Whether the subject may read what is said on a channel.
     *
     * @param channel the channel
     */
    public boolean maySubscribe(ChannelName channel) {
        return covers(subscribe, channel);
    }

    /**
     * Whether the subject may publish on a channel.
     *
     * @param channel the channel
     */
    public boolean mayPublish(ChannelName channel) {
        return covers(publish, channel);
    }

    /**
     * Whether the subject may look into a channel's streams, and end them.
     *
     * @param channel the channel
     */
    public boolean mayAdminister(ChannelName channel) {
        return covers(admin, channel);
    }

    /** Whether <code>{sub}</code> can stand for the subject: one that is no segment of a name owns nothing. */
    public boolean canOwn() {
        return ChannelName.isSegment(subject);
    }

    /** Whether one of these patterns of the token covers a channel. */
    boolean covers(List<ChannelPattern> patterns, ChannelName channel) {
        for (ChannelPattern pattern : patterns) {
            if (pattern.matches(channel, subject)) {
                return true;
            }
        }
        return false;
    }
}
