package io.ssebridge.access;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.Requirement;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a caller may subscribe or publish. The input is the channel's rule and the caller's grant; the output
 * is a {@link Decision}.
 */
public final class Access {
    private static final String ROLE = "role";

    private static final Decision ALLOWED = new Decision.Allowed();
    private static final Decision TOKEN_NEEDED = new Decision.TokenNeeded();
    private static final Decision CLOSED = new Decision.Forbidden("closed to everybody");
    private static final Decision CERTIFICATE_NEEDED = new Decision.Forbidden("needs a client certificate");
    private static final Decision NOT_COVERED = new Decision.Forbidden("the token's patterns do not cover the channel");
    private static final Decision NOT_OWNER = new Decision.Forbidden("the channel belongs to another subject");
    private static final Decision OWNS_NOTHING = new Decision.Forbidden(
            "the token's subject can own no channel: it has '.', '*', '{', '}' or a control character");

    private Access() {}

    /**
     * Decides whether a caller may subscribe.
     *
     * @param rule the rule of the channel
     * @param channel the channel
     * @param grant the grant of the caller's token; null: the caller is anonymous
     */
    public static Decision subscribe(ChannelRule rule, ChannelName channel, @Nullable Grant grant) {
        return decide(rule.subscribe(), rule.channel(), channel, grant, Grant::subscribe);
    }

    /**
     * Decides whether a caller may publish over HTTP.
     *
     * @param rule the rule of the channel
     * @param channel the channel
     * @param grant the grant of the caller's token; null: the caller is anonymous
     * @param hasCertificate whether the caller has shown a client certificate of the configured authority
     */
    public static Decision publish(
            ChannelRule rule, ChannelName channel, @Nullable Grant grant, boolean hasCertificate) {
        return hasCertificate && rule.publish().equals(Requirement.CERTIFICATE)
                ? ALLOWED
                : decide(rule.publish(), rule.channel(), channel, grant, Grant::publish);
    }

    private static Decision decide(
            Requirement requirement,
            ChannelPattern rule,
            ChannelName channel,
            @Nullable Grant grant,
            Function<Grant, List<ChannelPattern>> patterns) {
        return switch (requirement.kind()) {
            case PUBLIC -> ALLOWED;
            case AUTHENTICATED -> withToken(grant, any -> ALLOWED);
            case GRANTED -> withToken(grant, some -> granted(some, patterns.apply(some), channel));
            case OWNER -> withToken(grant, some -> owner(some, rule, channel));
            case ROLE -> withToken(grant, some -> role(some, requirement));
            // Forbidden for anonymous callers too: a request for a token would make them fetch a token that cannot
            // help.
            case NONE -> CLOSED;
            case CERTIFICATE -> CERTIFICATE_NEEDED;
        };
    }

    private static Decision withToken(@Nullable Grant grant, Function<Grant, Decision> decide) {
        return grant == null ? TOKEN_NEEDED : decide.apply(grant);
    }

    private static Decision granted(Grant grant, List<ChannelPattern> patterns, ChannelName channel) {
        if (grant.covers(patterns, channel)) {
            return ALLOWED;
        }
        boolean meant = patterns.stream().anyMatch(pattern -> pattern.matches(channel));
        return meant && !grant.canOwn() ? OWNS_NOTHING : NOT_COVERED;
    }

    private static Decision owner(Grant grant, ChannelPattern rule, ChannelName channel) {
        if (grant.subject().equals(rule.bind(channel).get(ChannelPattern.SUBJECT))) {
            return ALLOWED;
        }
        return grant.canOwn() ? NOT_OWNER : OWNS_NOTHING;
    }

    private static Decision role(Grant grant, Requirement requirement) {
        Object role = grant.properties().get(ROLE);
        return role != null && role.equals(requirement.role())
                ? ALLOWED
                : new Decision.Forbidden("needs the role " + requirement.role());
    }
}
