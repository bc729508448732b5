package io.ssebridge.access;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rights that a valid token gives. Deeply immutable.
 *
 * @param subject the subject that the token names
 * @param subscribe the channels that the subject may read
 * @param publish the channels on which the subject may publish
 * @param admin the channels that the subject may administer; no operation checks this right yet
 * @param properties the subject's public properties; a JSON object or array within is a {@link Map} or a {@link List}
 * @param expires the expiry time in the token, without the leeway for different clocks
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
     * Copies all collections.
     *
     * @throws IllegalArgumentException if a pattern has a variable other than <code>{sub}</code>
     */
    public Grant {
        subscribe = List.copyOf(subscribe);
        publish = List.copyOf(publish);
        admin = List.copyOf(admin);
        properties = ImmutableJson.properties(properties);
        subscribe.forEach(Grant::checkVariables);
        publish.forEach(Grant::checkVariables);
        admin.forEach(Grant::checkVariables);
    }

    /**
     * Reads a pattern of a token.
     *
     * @param text for example <code>users.{sub}.**</code>
     * @throws IllegalArgumentException if the pattern is malformed, or has a variable other than <code>{sub}</code>
     */
    public static ChannelPattern pattern(String text) {
        ChannelPattern pattern = ChannelPattern.of(text);
        checkVariables(pattern);
        return pattern;
    }

    // Only {sub} has a value in a token. Another variable would match any segment, like *, but would not look like a
    // wildcard.
    private static void checkVariables(ChannelPattern pattern) {
        if (!VARIABLES.containsAll(pattern.variables())) {
            throw new IllegalArgumentException(
                    "pattern \"%s\": has a variable of its own (expected: only {sub})".formatted(pattern));
        }
    }

    /**
     * Returns whether the subject may read the events of a channel.
     *
     * @param channel the channel
     */
    public boolean maySubscribe(ChannelName channel) {
        return covers(subscribe, channel);
    }

    /**
     * Returns whether the subject may publish on a channel.
     *
     * @param channel the channel
     */
    public boolean mayPublish(ChannelName channel) {
        return covers(publish, channel);
    }

    /**
     * Returns whether the subject may administer a channel. No operation checks this right yet.
     *
     * @param channel the channel
     */
    public boolean mayAdminister(ChannelName channel) {
        return covers(admin, channel);
    }

    /**
     * Returns whether <code>{sub}</code> can stand for the subject. A subject that is not one segment of a name owns no
     * channels.
     */
    public boolean canOwn() {
        return ChannelName.isSegment(subject);
    }

    /** Returns whether one of these patterns of the token covers a channel. */
    boolean covers(List<ChannelPattern> patterns, ChannelName channel) {
        for (ChannelPattern pattern : patterns) {
            if (pattern.matches(channel, subject)) {
                return true;
            }
        }
        return false;
    }
}
