package io.ssebridge.channel;

import io.ssebridge.config.Range;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A rule for the channels that match a pattern: the bus address that feeds them, the rights of callers, and limits.
 *
 * @param channel the pattern of the channels
 * @param address the bus address, with variables of the channel; null: only HTTP and {@code sse.publish} feed the
 *     channels
 * @param header the message header that names the channel, if many channels share one address. Its value is the value
 *     of the channel's only variable or, if the channel has wildcards, the whole name. Null: the address determines the
 *     channel
 * @param subscribe the requirement for opening a stream
 * @param publish the requirement for publishing over HTTP
 * @param history how many events are retained, and for how long
 * @param linger the longest time that an event waits, under load, to be written together with later events
 * @param limit the largest number of these channels on a node, in each of the counts that {@code limits.channels}
 *     limits; 0: no own limit
 * @param presence what callers may know about the subscribers
 * @param stamp what the bridge writes of the publisher into events that come over HTTP; null: nothing
 * @param personalize the service that makes the data for different readers; null: all readers get the same data
 * @param hooks the services that are asked about subscribers
 * @param metrics whether these channels have metrics of their own
 */
public record ChannelRule(
        ChannelPattern channel,
        @Nullable ChannelPattern address,
        @Nullable String header,
        Requirement subscribe,
        Requirement publish,
        Retention history,
        Duration linger,
        int limit,
        PresenceRule presence,
        @Nullable Stamp stamp,
        @Nullable PersonalizeRule personalize,
        RuleHooks hooks,
        boolean metrics) {

    /** The default of {@code linger}. */
    public static final Duration DEFAULT_LINGER = Duration.ofMillis(10);

    static final Range<Duration> LINGERS = Range.ofDurations(Duration.ZERO, Duration.ofSeconds(1));
    static final Range<Integer> LIMITS = Range.ofNumbers(0, 10_000_000);

    /**
     * Checks that the parts of the rule are consistent.
     *
     * @throws IllegalArgumentException if they are not; the message begins with the key that is wrong
     */
    public ChannelRule {
        if (address != null) {
            checkAddress(channel, address, header);
        } else if (header != null) {
            throw new IllegalArgumentException(
                    "header: the rule has no address (expected: an address that gets messages with this header)");
        }
        checkCertificate(subscribe);
        checkOwner(channel, "subscribe", subscribe);
        checkOwner(channel, "publish", publish);
        checkPresence(channel, address, publish, presence.of());
        if (stamp != null && publish.kind() == Requirement.Kind.NONE) {
            throw new IllegalArgumentException(
                    "publish.stamp: nobody publishes over HTTP (expected: another requirement than none)");
        }
        checkSnapshot(history, hooks);
        LINGERS.check("linger", linger);
        LIMITS.check("limit", limit);
    }

    /** Creates a rule without a stamp and without services; the parameters are those of the record. */
    public ChannelRule(
            ChannelPattern channel,
            @Nullable ChannelPattern address,
            @Nullable String header,
            Requirement subscribe,
            Requirement publish,
            Retention history,
            Duration linger,
            int limit,
            PresenceRule presence) {
        this(channel, address, header, subscribe, publish, history, linger, limit, presence, null);
    }

    /** Creates a rule with {@link PresenceRule#DEFAULT}; the parameters are those of the record. */
    public ChannelRule(
            ChannelPattern channel,
            @Nullable ChannelPattern address,
            @Nullable String header,
            Requirement subscribe,
            Requirement publish,
            Retention history,
            Duration linger,
            int limit) {
        this(channel, address, header, subscribe, publish, history, linger, limit, PresenceRule.DEFAULT);
    }

    /** Creates a rule that gives all readers the same data; the parameters are those of the record. */
    public ChannelRule(
            ChannelPattern channel,
            @Nullable ChannelPattern address,
            @Nullable String header,
            Requirement subscribe,
            Requirement publish,
            Retention history,
            Duration linger,
            int limit,
            PresenceRule presence,
            @Nullable Stamp stamp) {
        this(
                channel,
                address,
                header,
                subscribe,
                publish,
                history,
                linger,
                limit,
                presence,
                stamp,
                null,
                RuleHooks.NONE,
                false);
    }

    /**
     * Returns the rule with the keys of the configuration, as an item of the list {@code channels}.
     *
     * @throws IllegalStateException if the rule has neither an address nor a wildcard nor {@code presenceOf}: the configuration would give it
     *     an address
     */
    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("channel", channel.toString());
        if (address != null) {
            json.put("address", address.toString());
        } else if (!channel.hasWildcard() && presence.of() == null) {
            throw new IllegalStateException(
                    "channel %s: no address (expected: an address, or a wildcard in the channel; a configured rule without both has the channel as its address)"
                            .formatted(channel));
        }
        if (header != null) {
            json.put("header", header);
        }
        ChannelPattern of = presence.of();
        if (of != null) {
            json.put("presenceOf", of.toString());
        }
        if (personalize != null) {
            json.put("personalize", personalize.toJson());
        }
        json.put("subscribe", subscribe.toJson())
                .put("publish", stamp == null ? publish.toJson() : stamp.addTo(publish.toSection()))
                .put("history", history.toJson())
                .put("linger", LINGERS.write(linger))
                .put("limit", limit)
                .put("presence", presence.kind().text())
                .put("lifecycle", presence.lifecycle())
                .put("metrics", metrics);
        hooks.addTo(json);
        return json;
    }

    private static void checkAddress(ChannelPattern channel, ChannelPattern address, @Nullable String header) {
        if (address.hasWildcard()) {
            throw new IllegalArgumentException(
                    "address: %s has a wildcard (expected: literal segments and {variables})".formatted(address));
        }
        if (ReservedAddresses.contains(address.toString())) {
            throw new IllegalArgumentException(
                    "address: %s is reserved (%s)".formatted(address, ReservedAddresses.EXPECTED));
        }
        if (!channel.variables().containsAll(address.variables())) {
            throw new IllegalArgumentException(
                    "address: %s names a variable that the channel %s does not have".formatted(address, channel));
        }
        if (header == null && (channel.hasWildcard() || !address.variables().equals(channel.variables()))) {
            throw new IllegalArgumentException(
                    "address: %s does not tell which channel of %s is meant (expected: every variable of the channel, "
                                    .formatted(address, channel)
                            + "or a header that names it)");
        }
        if (header != null && !address.isLiteral()) {
            throw new IllegalArgumentException(
                    "address: %s has variables (expected: none where a header tells the channel)".formatted(address));
        }
        if (header != null && !channel.hasWildcard() && channel.variables().size() != 1) {
            throw new IllegalArgumentException(
                    "header: %s (expected: the channel has one variable, or a wildcard)".formatted(header));
        }
    }

    private static void checkPresence(
            ChannelPattern channel,
            @Nullable ChannelPattern address,
            Requirement publish,
            @Nullable ChannelPattern of) {
        if (of == null) {
            return;
        }
        if (channel.hasWildcard() || of.hasWildcard() || !channel.variables().equals(of.variables())) {
            throw new IllegalArgumentException(
                    "presenceOf: %s (expected: the same variables as in the channel %s, and no wildcard in either)"
                            .formatted(of, channel));
        }
        if (address != null) {
            throw new IllegalArgumentException(
                    "address: %s (expected: none, because only the bridge publishes on a channel with presenceOf)"
                            .formatted(address));
        }
        if (publish.kind() != Requirement.Kind.NONE) {
            throw new IllegalArgumentException(
                    "publish: %s (expected: none, because only the bridge publishes on a channel with presenceOf)"
                            .formatted(publish.toJson()));
        }
    }

    private static void checkCertificate(Requirement subscribe) {
        if (subscribe.equals(Requirement.CERTIFICATE)) {
            throw new IllegalArgumentException("subscribe: certificate (expected: this for publish only)");
        }
    }

    private static void checkSnapshot(Retention history, RuleHooks hooks) {
        if (hooks.initial() != null && history.isNone()) {
            throw new IllegalArgumentException(
                    "initial: the rule has history: none (expected: a history, which has the events between the snapshot and the next event)");
        }
    }

    private static void checkOwner(ChannelPattern channel, String key, Requirement requirement) {
        if (requirement.kind() == Requirement.Kind.OWNER && !channel.variables().contains(ChannelPattern.SUBJECT)) {
            throw new IllegalArgumentException(
                    "%s: owner needs {sub} in the channel (found: %s)".formatted(key, channel));
        }
    }

    /**
     * Returns the bus address that feeds a channel.
     *
     * @param name a channel that this rule matches
     */
    public Optional<String> addressOf(ChannelName name) {
        return address == null ? Optional.empty() : Optional.of(address.fill(channel.bind(name)));
    }

    /**
     * Refuses a channel if its name makes the address a reserved one. The pattern alone cannot show this: the name fills
     * the variables of the address.
     *
     * @throws IllegalArgumentException if the address is reserved; the message names the channel
     */
    void checkAddressOf(ChannelName name) {
        String variable = address == null ? null : address.leadingVariable();
        if (variable == null || !ReservedAddresses.mayContain(name.value(), channel.start(name, variable))) {
            return;
        }
        String filled = addressOf(name).orElseThrow();
        if (ReservedAddresses.contains(filled)) {
            throw new IllegalArgumentException("channel \"%s\": its address %s is reserved (%s)"
                    .formatted(name, filled, ReservedAddresses.EXPECTED));
        }
    }

    /**
     * Returns the channel of a message on the shared address.
     *
     * @param value the value of the message's {@link #header}
     * @throws IllegalArgumentException if the value does not name a channel of this rule
     */
    public ChannelName channelOf(String value) {
        if (!channel.hasWildcard() && !ChannelName.isSegment(value)) {
            throw new IllegalArgumentException(
                    "header %s: is not one segment (expected: no '.', '*', '{', '}', control character)"
                            .formatted(header));
        }
        ChannelName name = new ChannelName(channel.hasWildcard() ? value : channel.fill(valueForAll(value)));
        if (!channel.matches(name)) {
            throw new IllegalArgumentException("header %s: no channel of %s".formatted(header, channel));
        }
        return name;
    }

    private Map<String, String> valueForAll(String value) {
        return channel.variables().stream().collect(Collectors.toMap(variable -> variable, variable -> value));
    }

    /** Returns whether many channels share the address and a header names the channel. */
    public boolean isShared() {
        return header != null;
    }
}
