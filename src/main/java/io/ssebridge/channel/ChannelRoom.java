package io.ssebridge.channel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts channels up to a limit, so that no rule takes the room of the others: half of the limit is dealt out among the rules
 * that have variables or wildcards, as a guaranteed share of each. The other half goes to the rule that asks first.
 *
 * <p>Channels of rules without variables do not count: the configuration names them, clients cannot add any.
 *
 * <p>Not for several threads: it belongs to the owner of the channels that it counts.
 */
public final class ChannelRoom {
    private final ChannelRules rules;
    private final int limit;
    private final int share;
    private final Map<ChannelRule, Integer> counts = new HashMap<>();
    private int total;
    // What is left of the shares of all rules.
    private int reserved;

    /**
     * Room without channels in it.
     *
     * @param rules the rules
     * @param limit how many channels there may be, of all rules together
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

    /** How many channels there are. */
    public int total() {
        return total;
    }

    /**
     * Takes room for channels if there is enough for all of them.
     *
     * @param names channels that are not counted yet, none twice
     * @return whether there was
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

    /** Whether one more channel may come. */
    public boolean hasRoom(ChannelName name) {
        ChannelRule rule = rules.find(name).orElse(null);
        if (rule == null || rule.channel().isLiteral()) {
            return true;
        }
        return !isAtLimit(rule) && (count(rule) < share(rule) || total + reserved < limit);
    }

    /** Whether a rule has as many channels as the rule itself allows. */
    public boolean isAtLimit(ChannelRule rule) {
        return rule.limit() > 0 && count(rule) >= rule.limit();
    }

    /** Whether a rule has more channels than it is guaranteed. */
    public boolean isAboveShare(ChannelRule rule) {
        return count(rule) > share(rule);
    }

    /** Counts a channel whether there is room or not: another node had room for it. */
    public void add(ChannelName name) {
        count(name, 1);
    }

    /** A channel that was counted is there no longer. */
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
