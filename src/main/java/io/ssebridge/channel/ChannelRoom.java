package io.ssebridge.channel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts channels up to a limit, so that one rule cannot use the room of the other rules. Half of the limit is divided
 * among the rules that have variables or wildcards: each rule has a guaranteed share. The other half goes to the rule
 * that asks first.
 *
 * <p>Channels of rules without variables do not count: the configuration names them, and clients cannot add more.
 *
 * <p>Not thread-safe: it belongs to the owner of the channels that it counts.
 */
public final class ChannelRoom {
    private final ChannelRules rules;
    private final int limit;
    private final int share;
    private final Map<ChannelRule, Integer> counts = new HashMap<>();
    private int total;
    // The unused part of the shares of all rules.
    private int reserved;

    /**
     * Creates room that has no channels yet.
     *
     * @param rules the rules
     * @param limit the largest number of channels, of all rules together
     */
    public ChannelRoom(ChannelRules rules, int limit) {
        this.rules = rules;
        this.limit = limit;
        List<ChannelRule> sharing = rules.all().stream()
                .filter(rule -> !rule.channel().isLiteral())
                .distinct()
                .toList();
        this.share = limit / 2 / Math.max(1, sharing.size());
        this.reserved = sharing.stream().mapToInt(this::share).sum();
    }

    private int share(ChannelRule rule) {
        return rule.limit() == 0 ? share : Math.min(share, rule.limit());
    }

    private int count(ChannelRule rule) {
        return counts.getOrDefault(rule, 0);
    }

    /** Returns the number of channels. */
    public int total() {
        return total;
    }

    /**
     * Takes room for channels, if there is enough for all of them.
     *
     * @param names different channels that are not counted yet
     * @return whether there was enough room
     */
    public boolean take(List<ChannelName> names) {
        for (int i = 0; i < names.size(); i++) {
            if (!hasRoom(names.get(i))) {
                names.subList(0, i).forEach(this::release);
                return false;
            }
            add(names.get(i));
        }
        return true;
    }

    /** Returns whether there is room for one more channel. */
    public boolean hasRoom(ChannelName name) {
        ChannelRule rule = rules.find(name).orElse(null);
        if (rule == null || rule.channel().isLiteral()) {
            return true;
        }
        return !isAtLimit(rule) && (count(rule) < share(rule) || total + reserved < limit);
    }

    /** Returns whether a rule has as many channels as its own limit allows. */
    public boolean isAtLimit(ChannelRule rule) {
        return rule.limit() > 0 && count(rule) >= rule.limit();
    }

    /** Returns whether a rule has more channels than its guaranteed share. */
    public boolean isAboveShare(ChannelRule rule) {
        return count(rule) > share(rule);
    }

    /** Counts a channel even if there is no room: another node had room for it. */
    public void add(ChannelName name) {
        count(name, 1);
    }

    /** Stops counting a channel that no longer exists. */
    public void release(ChannelName name) {
        count(name, -1);
    }

    private void count(ChannelName name, int change) {
        ChannelRule rule = rules.find(name).orElse(null);
        if (rule == null || rule.channel().isLiteral()) {
            return;
        }
        reserved -= left(rule);
        counts.merge(rule, change, Integer::sum);
        reserved += left(rule);
        total += change;
    }

    private int left(ChannelRule rule) {
        return Math.max(0, share(rule) - count(rule));
    }
}
