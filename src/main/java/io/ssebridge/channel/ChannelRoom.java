package io.ssebridge.channel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts channels up to a limit, so that one rule cannot use the room of the other rules. Half of the limit is divided
 * among the rules that have variables or wildcards: each rule has a guaranteed share. The other half goes to the rule
 * that asks first.
 *
 * <p>Channels of rules without variables do not count: the configuration names them, and clients cannot add more.
 *
 * <p>Any thread: the event loops of a node share its room. The guard is its own lock, held for one count.
 */
public final class ChannelRoom {
    private final ChannelRules rules;
    // The channels that count for a rule, each with this rule.
    private final Map<ChannelName, ChannelRule> counted = new HashMap<>();
    private Map<ChannelRule, Integer> counts = new HashMap<>();
    private int limit;
    private int share;
    private int channels;
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
        divide(rules.snapshot(), limit);
    }

    private void divide(ChannelRules now, int maxChannels) {
        List<ChannelRule> sharing = now.all().stream()
                .filter(rule -> !rule.channel().isLiteral())
                .distinct()
                .toList();
        limit = maxChannels;
        share = limit / 2 / Math.max(1, sharing.size());
        reserved = sharing.stream().mapToInt(this::left).sum();
    }

    /**
     * Divides the room again, after the rules or the limit have changed. Channels beyond the new limit stay.
     *
     * @param maxChannels the largest number of channels
     */
    public void changed(int maxChannels) {
        ChannelRules now = rules.snapshot();
        List<ChannelName> known = names();
        // The rules are looked up outside the lock, so that no event loop waits for it.
        Map<ChannelName, ChannelRule> found = new HashMap<>();
        for (ChannelName name : known) {
            now.findNow(name).filter(rule -> !rule.channel().isLiteral()).ifPresent(rule -> found.put(name, rule));
        }
        divide(now, maxChannels, found);
    }

    private synchronized List<ChannelName> names() {
        return List.copyOf(counted.keySet());
    }

    private synchronized void divide(ChannelRules now, int maxChannels, Map<ChannelName, ChannelRule> found) {
        // A channel without a rule now counts for the rule before until it is released.
        counted.replaceAll((name, before) -> found.getOrDefault(name, before));
        Map<ChannelRule, Integer> again = new HashMap<>();
        counted.values().forEach(rule -> again.merge(rule, 1, Integer::sum));
        counts = again;
        divide(now, maxChannels);
    }

    private int share(ChannelRule rule) {
        return rule.limit() == 0 ? share : Math.min(share, rule.limit());
    }

    private int count(ChannelRule rule) {
        return counts.getOrDefault(rule, 0);
    }

    /** Returns the number of channels that count. */
    public synchronized int total() {
        return counted.size();
    }

    /** Returns the number of all channels, including those of rules without variables. */
    public synchronized int channels() {
        return channels;
    }

    /**
     * Takes room for channels, if there is enough for all of them.
     *
     * @param names different channels that are not counted yet
     * @return whether there was enough room
     */
    public boolean take(List<ChannelName> names) {
        for (int i = 0; i < names.size(); i++) {
            if (!take(names.get(i))) {
                names.subList(0, i).forEach(this::release);
                return false;
            }
        }
        return true;
    }

    /**
     * Takes room for one more channel, if there is enough.
     *
     * @param name a channel that is not counted yet
     * @return whether there was enough room
     */
    public boolean take(ChannelName name) {
        return take(name, rule(rules, name));
    }

    private synchronized boolean take(ChannelName name, @Nullable ChannelRule rule) {
        boolean room = hasRoom(rule);
        if (room) {
            add(name, rule);
        }
        return room;
    }

    /**
     * Returns whether there is room for one more channel now.
     *
     * @param name a channel that is not counted yet
     */
    public boolean hasRoom(ChannelName name) {
        return hasRoom(rule(rules, name));
    }

    private synchronized boolean hasRoom(@Nullable ChannelRule rule) {
        return rule == null || !isAtLimit(rule) && (count(rule) < share(rule) || counted.size() + reserved < limit);
    }

    /** Returns whether a rule has as many channels as its own limit allows. */
    public synchronized boolean isAtLimit(ChannelRule rule) {
        return rule.limit() > 0 && count(rule) >= rule.limit();
    }

    /** Returns whether a rule has more channels than its guaranteed share. */
    public synchronized boolean isAboveShare(ChannelRule rule) {
        return count(rule) > share(rule);
    }

    /** Counts a channel even if there is no room: another node had room for it. */
    public void add(ChannelName name) {
        add(name, rule(rules, name));
    }

    private synchronized void add(ChannelName name, @Nullable ChannelRule rule) {
        channels++;
        if (rule != null) {
            counted.put(name, rule);
            count(rule, 1);
        }
    }

    /** Stops counting a channel that no longer exists. */
    public synchronized void release(ChannelName name) {
        channels--;
        ChannelRule rule = counted.remove(name);
        if (rule != null) {
            count(rule, -1);
        }
    }

    /** Returns the rule that a channel counts for; null: it does not count. */
    private static @Nullable ChannelRule rule(ChannelRules rules, ChannelName name) {
        return rules.find(name).filter(rule -> !rule.channel().isLiteral()).orElse(null);
    }

    private void count(ChannelRule rule, int change) {
        reserved -= left(rule);
        counts.merge(rule, change, Integer::sum);
        reserved += left(rule);
    }

    private int left(ChannelRule rule) {
        return Math.max(0, share(rule) - count(rule));
    }
}
