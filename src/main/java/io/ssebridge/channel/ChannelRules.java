package io.ssebridge.channel;

import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rules in their order. The first rule with a pattern that matches a channel applies to it. Immutable. */
public final class ChannelRules {
    private final List<ChannelRule> rules;
    private final List<ChannelRule> ofPresence;

    /**
     * Creates the rules.
     *
     * @param rules the rules, in order
     * @throws IllegalArgumentException if two rules could feed different channels from one address, or a rule with {@code
     *     presenceOf} does not fit the others
     */
    public ChannelRules(List<ChannelRule> rules) {
        this.rules = List.copyOf(rules);
        for (int i = 0; i < rules.size(); i++) {
            for (int j = 0; j < i; j++) {
                checkAddresses(rules.get(i), i, rules.get(j), j);
            }
        }
        this.ofPresence =
                rules.stream().filter(rule -> rule.presence().of() != null).toList();
        for (int i = 0; i < rules.size(); i++) {
            checkPresence(rules, i);
            checkService(rules, i);
        }
    }

    // The bridge consumes a mapped address itself: each question would become an event.
    private static void checkService(List<ChannelRule> rules, int index) {
        PersonalizeRule personalize = rules.get(index).personalize();
        if (personalize == null) {
            return;
        }
        for (int j = 0; j < rules.size(); j++) {
            ChannelPattern mapped = rules.get(j).address();
            if (mapped != null && mayBe(mapped, personalize.address())) {
                throw new IllegalArgumentException(
                        "channels[%d].personalize.address: %s is mapped by channels[%d] (expected: the address of a service)"
                                .formatted(index, personalize.address(), j));
            }
        }
    }

    private static boolean mayBe(ChannelPattern mapped, String address) {
        return ChannelName.find(address).filter(mapped::matches).isPresent();
    }

    private static void checkPresence(List<ChannelRule> rules, int index) {
        ChannelPattern of = rules.get(index).presence().of();
        if (of == null) {
            return;
        }
        ChannelPattern channel = rules.get(index).channel();
        for (int j = 0; j < index; j++) {
            if (rules.get(j).channel().overlaps(channel)) {
                throw new IllegalArgumentException(
                        "channels[%d].channel: %s may match channels[%d] too (expected: a rule with presenceOf comes before it)"
                                .formatted(index, channel, j));
            }
        }
        ChannelRule first = rules.stream()
                .filter(rule -> rule.channel().overlaps(of))
                .findFirst()
                .orElse(null);
        if (first == null || !first.channel().covers(of)) {
            throw new IllegalArgumentException(
                    "channels[%d].presenceOf: %s (expected: one rule covers all these channels)".formatted(index, of));
        }
        if (!first.presence().hasMembers() || !first.presence().lifecycle()) {
            throw new IllegalArgumentException(
                    "channels[%d].presenceOf: %s (expected: the rule of these channels has presence: members, and not lifecycle: false)"
                            .formatted(index, of));
        }
    }

    // An address has one consumer in the whole cluster, so that send and request arrive once. A second channel on the
    // same address would have another leader, which would take a part of the messages.
    private static void checkAddresses(ChannelRule later, int i, ChannelRule earlier, int j) {
        ChannelPattern one = later.address();
        ChannelPattern two = earlier.address();
        if (one == null || two == null || !one.overlaps(two) || feedsItsNamesake(later) && feedsItsNamesake(earlier)) {
            return;
        }
        throw new IllegalArgumentException(
                "channels[%d].address: %s is mapped by channels[%d] too (expected: every address feeds one rule)"
                        .formatted(i, one, j));
    }

    private static boolean feedsItsNamesake(ChannelRule rule) {
        return rule.channel().equals(rule.address());
    }

    /**
     * Returns the rule that applies to a channel. HTTP and the event bus both look up rules here, so that neither can
     * reach a reserved address.
     *
     * @param name the channel
     * @throws IllegalArgumentException if a reserved address would feed the channel; the message names the address
     */
    public Optional<ChannelRule> find(ChannelName name) {
        for (ChannelRule rule : rules) {
            if (rule.channel().matches(name)) {
                rule.checkAddressOf(name);
                return Optional.of(rule);
            }
        }
        return Optional.empty();
    }

    /**
     * Refuses a channel that a reserved address would feed, as {@link #find} does.
     *
     * @param name the channel
     * @throws IllegalArgumentException if a reserved address would feed the channel; the message names the address
     */
    public void check(ChannelName name) {
        var unused = find(name);
    }

    /**
     * Returns how many events of a channel are retained, and for how long.
     *
     * @param name a channel with a rule
     * @throws IllegalArgumentException if the channel has no rule, or a reserved address would feed it
     */
    public Retention retention(ChannelName name) {
        return find(name)
                .map(ChannelRule::history)
                .orElseThrow(() -> new IllegalArgumentException("channel \"%s\": no rule".formatted(name)));
    }

    /**
     * Returns whether the events of a channel are the arrivals and departures of members, so that only the bridge publishes
     * them.
     *
     * @param name the channel
     */
    public boolean isOfPresence(ChannelName name) {
        // Every event comes by here, and most configurations have no such rule.
        return !ofPresence.isEmpty()
                && find(name).filter(rule -> rule.presence().of() != null).isPresent();
    }

    /**
     * Returns the channels on which the arrivals and departures of a channel's members are published.
     *
     * @param name the channel with the members
     */
    public List<ChannelName> presenceChannels(ChannelName name) {
        List<ChannelName> found = new ArrayList<>();
        for (ChannelRule rule : ofPresence) {
            ChannelPattern of = rule.presence().of();
            if (of != null && of.matches(name)) {
                ChannelName.find(rule.channel().fill(of.bind(name))).ifPresent(found::add);
            }
        }
        return found;
    }

    /** Returns all rules, in order. */
    public List<ChannelRule> all() {
        return rules;
    }

    /**
     * Returns the rules as the list {@code channels} of the configuration.
     *
     * @throws IllegalStateException if the configuration cannot express a rule; see {@link ChannelRule#toJson}
     */
    public JsonArray toJson() {
        JsonArray json = new JsonArray();
        rules.forEach(rule -> json.add(rule.toJson()));
        return json;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ChannelRules given && given.rules.equals(rules);
    }

    @Override
    public int hashCode() {
        return rules.hashCode();
    }

    /** Shows the rules. */
    @Override
    public String toString() {
        return rules.toString();
    }
}
