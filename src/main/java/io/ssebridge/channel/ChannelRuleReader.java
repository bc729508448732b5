package io.ssebridge.channel;

import io.ssebridge.config.OneLine;
import io.ssebridge.config.Section;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads {@code channels}, the list of rules. */
public final class ChannelRuleReader {
    private static final ChannelRule DEFAULT_RULE = new ChannelRule(
            ChannelPattern.of(ChannelName.DEFAULT.value()),
            ChannelPattern.of(ChannelName.DEFAULT.value()),
            null,
            Requirement.GRANTED,
            Requirement.GRANTED,
            Retention.DEFAULT,
            ChannelRule.DEFAULT_LINGER,
            0);

    private ChannelRuleReader() {}

    /**
     * Reads the rules. If the key is missing, the only rule is the one for the default channel.
     *
     * @param root the section that has the key {@code channels}
     */
    public static ChannelRules rules(Section root) {
        List<ChannelRule> rules = root.sections("channels")
                .map(sections -> sections.stream().map(ChannelRuleReader::rule).toList())
                .orElse(List.of(DEFAULT_RULE));
        return root.checked(() -> {
            if (rules.isEmpty()) {
                throw new IllegalArgumentException("channels: an empty list (expected: at least one rule)");
            }
            return new ChannelRules(rules);
        });
    }

    private static ChannelRule rule(Section rule) {
        return rule.build(() -> {
            ChannelPattern channel = rule.required("channel", ChannelPattern::of);
            Publishing publishing = publishing(rule);
            return new ChannelRule(
                    channel,
                    address(rule, channel),
                    rule.optionalText("header").orElse(null),
                    requirement(rule, "subscribe"),
                    publishing.requirement(),
                    history(rule),
                    rule.quantity("linger", ChannelRule.DEFAULT_LINGER, ChannelRule.LINGERS),
                    rule.quantity("limit", 0, ChannelRule.LIMITS),
                    presence(rule),
                    publishing.stamp(),
                    rule.has("personalize") ? personalize(rule.section("personalize")) : null);
        });
    }

    private static PersonalizeRule personalize(Section personalize) {
        return personalize.build(() -> {
            // All keys are read before one is refused, so that a misspelt key is reported first.
            List<String> by = personalize.texts("by");
            String address = personalize.text("address", "");
            Duration timeout =
                    personalize.quantity("timeout", PersonalizeRule.DEFAULT_TIMEOUT, PersonalizeRule.TIMEOUTS);
            return new PersonalizeRule(
                    by,
                    address,
                    timeout,
                    personalize
                            .parsed("onFailure", PersonalizeRule.Failure::of)
                            .orElse(PersonalizeRule.Failure.WITHHOLD));
        });
    }

    private static PresenceRule presence(Section rule) {
        return new PresenceRule(
                rule.parsed("presence", PresenceRule.Kind::of).orElse(PresenceRule.DEFAULT.kind()),
                rule.flag("lifecycle", PresenceRule.DEFAULT.lifecycle()),
                rule.parsed("presenceOf", ChannelPattern::of).orElse(null));
    }

    private static Retention history(Section rule) {
        if (!rule.isSection("history")) {
            return rule.parsed("history", ChannelRuleReader::history).orElse(Retention.DEFAULT);
        }
        Section history = rule.section("history");
        return history.build(() -> new Retention(
                history.quantity("size", Retention.DEFAULT.size(), Retention.SIZES),
                history.quantity("ttl", Retention.DEFAULT.ttl(), Retention.TTLS)));
    }

    private static Retention history(String text) {
        if (text.equals("none")) {
            return Retention.NONE;
        }
        throw new IllegalArgumentException(OneLine.quote(text) + " (expected: none or {size: ..., ttl: ...})");
    }

    private static @Nullable ChannelPattern address(Section rule, ChannelPattern channel) {
        Optional<ChannelPattern> given = rule.parsed("address", ChannelPattern::of);
        return given.orElse(channel.hasWildcard() || rule.has("presenceOf") ? null : channel);
    }

    private static Requirement requirement(Section rule, String key) {
        if (rule.isSection(key)) {
            return rule.section(key).required("role", Requirement::role);
        }
        return rule.parsed(key, ChannelRuleReader::requirement).orElse(Requirement.GRANTED);
    }

    /** The value of {@code publish}. */
    private record Publishing(
            Requirement requirement, @Nullable Stamp stamp) {}

    private static Publishing publishing(Section rule) {
        if (!rule.isSection("publish")) {
            boolean isOfPresence = rule.has("presenceOf") && !rule.has("publish");
            return new Publishing(isOfPresence ? Requirement.NONE : requirement(rule, "publish"), null);
        }
        Section publish = rule.section("publish");
        Optional<Requirement> allowed = publish.parsed("allow", ChannelRuleReader::requirement);
        Optional<Requirement> role = publish.parsed("role", Requirement::role);
        Stamp stamp = stamp(publish);
        if (allowed.isPresent() && role.isPresent()) {
            throw new IllegalArgumentException("publish: has allow and role (expected: one of them)");
        }
        if (allowed.isEmpty() && role.isEmpty() && stamp == null) {
            throw new IllegalArgumentException("publish.allow: missing (expected: allow, role or stamp)");
        }
        return new Publishing(allowed.or(() -> role).orElse(Requirement.GRANTED), stamp);
    }

    private static @Nullable Stamp stamp(Section publish) {
        Optional<String> claim = publish.optionalText("stamp");
        Optional<String> field = publish.optionalText("field");
        List<String> properties = publish.texts("properties");
        if (claim.isEmpty() && field.isEmpty() && properties.isEmpty()) {
            return null;
        }
        if (!claim.equals(Optional.of("sub"))) {
            throw new IllegalArgumentException("publish.stamp: %s (expected: sub)"
                    .formatted(claim.map(OneLine::quote).orElse("missing")));
        }
        return new Stamp(field.orElse(null), properties);
    }

    private static Requirement requirement(String text) {
        return switch (text) {
            case "public" -> Requirement.PUBLIC;
            case "authenticated" -> Requirement.AUTHENTICATED;
            case "granted" -> Requirement.GRANTED;
            case "owner" -> Requirement.OWNER;
            case "none" -> Requirement.NONE;
            case "certificate" -> Requirement.CERTIFICATE;
            default ->
                throw new IllegalArgumentException(
                        OneLine.quote(text)
                                + " (expected: public, authenticated, granted, owner, none or {role: ...}; certificate for publish)");
        };
    }
}
