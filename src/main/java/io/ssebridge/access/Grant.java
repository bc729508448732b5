package io.ssebridge.access;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The rights that a valid token gives. Deeply immutable.
 *
 * @param subject the subject that the token names
 * @param subscribe the channels that the subject may read
 * @param publish the channels on which the subject may publish
 * @param admin the channels that the subject may administer: it may list them, look at their streams and disconnect them
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

    /** The expiry time of a grant that does not expire. */
    public static final Instant NEVER = Instant.parse("9999-12-31T23:59:59Z");

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
     * Creates a grant without rights, which does not expire. An application that identifies its callers itself starts with
     * it.
     *
     * @param subject the subject
     */
    public static Grant of(String subject) {
        return new Grant(subject, List.of(), List.of(), List.of(), Map.of(), NEVER);
    }

    /**
     * Returns the same grant with these channels to read.
     *
     * @param patterns for example <code>users.{sub}.**</code>
     * @throws IllegalArgumentException if a pattern is malformed
     */
    public Grant withSubscribe(String... patterns) {
        return new Grant(subject, patterns(patterns), publish, admin, properties, expires);
    }

    /**
     * Returns the same grant with these channels to publish on.
     *
     * @param patterns for example {@code chat.*}
     * @throws IllegalArgumentException if a pattern is malformed
     */
    public Grant withPublish(String... patterns) {
        return new Grant(subject, subscribe, patterns(patterns), admin, properties, expires);
    }

    /**
     * Returns the same grant with these channels to administer.
     *
     * @param patterns for example {@code chat.*}
     * @throws IllegalArgumentException if a pattern is malformed
     */
    public Grant withAdmin(String... patterns) {
        return new Grant(subject, subscribe, publish, patterns(patterns), properties, expires);
    }

    /**
     * Returns the same grant with these public properties of the subject. Rules that require a role look for it here.
     *
     * @param properties as in the component {@link #properties}
     */
    public Grant withProperties(Map<String, Object> properties) {
        return new Grant(subject, subscribe, publish, admin, properties, expires);
    }

    /**
     * Returns the same grant with this expiry time, at which its streams end.
     *
     * @param expires the time
     */
    public Grant withExpires(Instant expires) {
        return new Grant(subject, subscribe, publish, admin, properties, expires);
    }

    private static List<ChannelPattern> patterns(String... texts) {
        return Arrays.stream(texts).map(ChannelPattern::of).toList();
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
     * Returns whether the subject may administer a channel.
     *
     * @param channel the channel
     */
    public boolean mayAdminister(ChannelName channel) {
        return covers(admin, channel);
    }

    /**
     * Returns the patterns of the channels that the subject may administer, with the subject in place of
     * <code>{sub}</code>.
     */
    public List<ChannelPattern> administered() {
        return admin.stream()
                .filter(pattern -> canOwn() || pattern.variables().isEmpty())
                .map(pattern -> pattern.withSubject(subject))
                .toList();
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
