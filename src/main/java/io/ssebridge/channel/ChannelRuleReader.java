package io.ssebridge.channel;

import io.ssebridge.config.Key;
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

    private static final Key SUBSCRIBE = Key.live(
            "subscribe", "word, or object with `role`", "The [required token](#required-tokens) for opening a stream");
    private static final Key PUBLISH = Key.live(
            "publish", "word", "The required token for publishing over HTTP; or an object with the keys below");
    private static final Key ROLE = Key.live("role", "The value that the token's property `role` must have");
    private static final Key HISTORY =
            Key.of("history", "`none`", "In place of the keys below: [no event](#history) is retained");
    private static final Key AUTHORIZE = Key.live(
            "authorize",
            "address",
            "The service that [decides](hooks.md#authorize) whether a caller may subscribe; or an object with the keys below");
    private static final Key INITIAL = Key.live(
            "initial",
            "address",
            "The service that gives the [first events](hooks.md#initial) of a stream; or an object with the keys below");

    private ChannelRuleReader() {}

    /**
     * Reads the rules. If the key is missing, the only rule is the one for the default channel.
     *
     * @param root the section that has the key {@code channels}
     */
    public static ChannelRules rules(Section root) {
        List<ChannelRule> rules = root.sections(
                        Key.live("channels", "list of rules", "The [rules](#channel-rules), in order")
                                .byDefault("`[{channel: sse}]`"))
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
            ChannelPattern channel =
                    rule.required(Key.live("channel", "pattern", "The channels of the rule"), ChannelPattern::of);
            ChannelPattern address = address(rule, channel);
            String header = rule.optionalText(Key.live(
                            "header",
                            "One address for many channels: the name of the message header that tells the channel"))
                    .orElse(null);
            Requirement subscribe = requirement(rule, SUBSCRIBE);
            Publishing publishing = publishing(rule);
            return new ChannelRule(
                    channel,
                    address,
                    header,
                    subscribe,
                    publishing.requirement(),
                    history(rule),
                    rule.quantity(
                            Key.live(
                                    "linger",
                                    "The longest time that an event waits, under load, to be written together with later events"),
                            ChannelRule.DEFAULT_LINGER,
                            ChannelRule.LINGERS),
                    rule.quantity(
                            Key.live(
                                    "limit",
                                    "channels",
                                    "The largest number of the rule's channels on a node; 0: no own limit"),
                            0,
                            ChannelRule.LIMITS),
                    presence(rule),
                    publishing.stamp(),
                    rule.has("personalize") ? personalize(rule.section("personalize")) : null,
                    hooks(rule),
                    rule.flag(
                            Key.live(
                                    "metrics",
                                    "Whether these channels have [metrics of their own](operations.md#metrics-of-channels)"),
                            false));
        });
    }

    private static PersonalizeRule personalize(Section personalize) {
        return personalize.build(() -> {
            // All keys are read before one is refused, so that a misspelt key is reported first.
            List<String> by = personalize.texts(
                    Key.of("by", "The properties of a reader that decide about its data; `sub` stands for the subject")
                            .byDefault("required"));
            String address = personalize
                    .optionalText(Key.of(
                                    "address",
                                    "address",
                                    "The event bus address of the [service](event-bus.md#personalised-channels) that makes the data")
                            .byDefault("required"))
                    .orElse("");
            Duration timeout = personalize.quantity(
                    Key.of("timeout", "How long a question to this service may take"),
                    PersonalizeRule.DEFAULT_TIMEOUT,
                    PersonalizeRule.TIMEOUTS);
            return new PersonalizeRule(
                    by,
                    address,
                    timeout,
                    personalize.parsed(
                            Key.of(
                                    "onFailure",
                                    "`withhold` or `plain`",
                                    "Without an answer: withhold the event, or send the plain data"),
                            PersonalizeRule.Failure.WITHHOLD.text(),
                            PersonalizeRule.Failure::of));
        });
    }

    private static PresenceRule presence(Section rule) {
        return new PresenceRule(
                rule.parsed(
                        Key.live(
                                "presence",
                                "`none`, `count` or `members`",
                                "What callers [may know](#presence) about the subscribers: nothing, their number, or also the members"),
                        PresenceRule.DEFAULT.kind().text(),
                        PresenceRule.Kind::of),
                rule.flag(
                        Key.live(
                                "lifecycle",
                                "Whether changes of presence are told on [`sse.lifecycle`](event-bus.md#changes-of-presence)"),
                        PresenceRule.DEFAULT.lifecycle()),
                rule.parsed(
                                Key.live(
                                        "presenceOf",
                                        "pattern",
                                        "The events of the channel are the [arrivals and departures](#presence) of the members of these channels"),
                                ChannelPattern::of)
                        .orElse(null));
    }

    private static RuleHooks hooks(Section rule) {
        return new RuleHooks(
                Service.of(rule, AUTHORIZE).orElse(null),
                InitialSnapshot.of(rule, INITIAL).orElse(null));
    }

    private static Retention history(Section rule) {
        if (!rule.isSection("history")) {
            return rule.parsed(HISTORY, ChannelRuleReader::history).orElse(Retention.DEFAULT);
        }
        Section history = rule.section("history");
        return history.build(() -> new Retention(
                history.quantity(
                        Key.of("size", "events", "The largest number of retained events"),
                        Retention.DEFAULT.size(),
                        Retention.SIZES),
                history.quantity(
                        Key.live(
                                "ttl",
                                "How long an event is retained; an unused channel keeps its address and its history for the same time"),
                        Retention.DEFAULT.ttl(),
                        Retention.TTLS)));
    }

    private static Retention history(String text) {
        if (text.equals("none")) {
            return Retention.NONE;
        }
        throw new IllegalArgumentException(OneLine.quote(text) + " (expected: none or {size: ..., ttl: ...})");
    }

    private static @Nullable ChannelPattern address(Section rule, ChannelPattern channel) {
        Optional<ChannelPattern> given = rule.parsed(
                Key.live(
                                "address",
                                "pattern",
                                "The event bus address that feeds these channels, with the channel's variables. A rule with `*` or `**` has none by default")
                        .byDefault("the channel"),
                ChannelPattern::of);
        return given.orElse(channel.hasWildcard() || rule.has("presenceOf") ? null : channel);
    }

    private static Requirement requirement(Section rule, Key key) {
        if (rule.isSection(key.name())) {
            return rule.section(key.name()).required(ROLE, Requirement::role);
        }
        return rule.parsed(key, "granted", ChannelRuleReader::requirement);
    }

    /** The value of {@code publish}. */
    private record Publishing(
            Requirement requirement, @Nullable Stamp stamp) {}

    private static Publishing publishing(Section rule) {
        if (!rule.isSection("publish")) {
            boolean isOfPresence = rule.has("presenceOf") && !rule.has("publish");
            return new Publishing(isOfPresence ? Requirement.NONE : requirement(rule, PUBLISH), null);
        }
        Section publish = rule.section("publish");
        Optional<Requirement> allowed = publish.parsed(
                Key.live("allow", "word", "The required token, if `publish` is an object without `role`")
                        .byDefault("`granted`"),
                ChannelRuleReader::requirement);
        Optional<Requirement> role = publish.parsed(ROLE, Requirement::role);
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
        Optional<String> claim = publish.optionalText(
                Key.live("stamp", "`sub`", "The bridge writes the [publisher](#stamps) into each event"));
        Optional<String> field =
                publish.optionalText(Key.live("field", "The field of JSON data that gets the publisher's subject too"));
        List<String> properties = publish.texts(
                Key.live("properties", "The publisher's properties that become fields of JSON data; at most 8"));
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
