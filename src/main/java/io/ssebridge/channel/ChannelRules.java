package io.ssebridge.channel;

import java.util.List;
import java.util.Optional;

/** The rules in their order: the first whose pattern matches a channel holds for it. Immutable. */
public final class ChannelRules {
    private final List<ChannelRule> rules;

    /**
     * Takes the rules in order.
     *
     * @param rules the rules
     * @throws IllegalArgumentException if two of them could feed different channels from one address
     */
    public ChannelRules(List<ChannelRule> rules) {
        this.rules = List.copyOf(rules);
        for (int i = 0; i < rules.size(); i++) {
            for (int j = 0; j < i; j++) {
                checkAddresses(rules.get(i), i, rules.get(j), j);
            }
        }
    }

    // One consumer per address in the whole cluster is what makes send and request arrive once: a second channel on the
    // same address would have another leader, which would take its share of them.
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
     * The rule that holds for a channel. Every door asks here, so that none lets a reserved address in.
     *
     * @param name the channel
     * @throws IllegalArgumentException if the channel would be fed from a reserved address; the message names it
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
     * Refuses a channel that would be fed from a reserved address, as {@link #find} does.
     *
     * @param name the channel
     * @throws IllegalArgumentException if it would; the message names it
     */
    public void check(ChannelName name) {
        var unused = find(name);
    }

    /**
     * How much of a channel's past is kept.
     *
     * @param name a channel that a rule holds for
     * @throws IllegalArgumentException if none does, or the channel would be fed from a reserved address
     */
    public Retention retention(ChannelName name) {
        return find(name)
                .map(ChannelRule::history)
                .orElseThrow(() -> new IllegalArgumentException("channel \"%s\": no rule".formatted(name)));
    }

    /** All rules, in order. */
    public List<ChannelRule> all() {
        return rules;
    }
}
