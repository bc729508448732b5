package io.ssebridge.channel;

import io.ssebridge.config.ChangedKeys;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Compares the rules of a running node with those of a changed configuration.
 *
 * <p>Some parts of a rule cannot change for channels that may be in use. The size of a history is fixed when its first event
 * comes, and all nodes find the history by its size. Subscribers of a personalised channel are grouped by the properties in
 * the rule.
 */
public final class RuleChanges {
    private RuleChanges() {}

    /**
     * Returns what differs: for each rule its pattern and the keys that have changed.
     *
     * @param before the rules in use
     * @param after the new rules
     * @throws IllegalArgumentException if the new rules need a restart; the message begins with the key
     */
    public static List<String> between(ChannelRules before, ChannelRules after) {
        if (before.equals(after)) {
            return List.of();
        }
        check(before.all(), after.all());
        Map<String, ChannelRule> old = byPattern(before);
        Map<String, ChannelRule> fresh = byPattern(after);
        List<String> changes = new ArrayList<>();
        fresh.forEach((pattern, rule) -> {
            ChannelRule known = old.get(pattern);
            if (known == null) {
                changes.add("channels[%s]: new".formatted(pattern));
            } else if (!known.equals(rule)) {
                changes.add("channels[%s]: %s"
                        .formatted(pattern, String.join(", ", ChangedKeys.between(json(known), json(rule)))));
            }
        });
        old.keySet().stream()
                .filter(pattern -> !fresh.containsKey(pattern))
                .forEach(pattern -> changes.add("channels[%s]: gone".formatted(pattern)));
        return changes.isEmpty() ? List.of("channels: their order") : List.copyOf(changes);
    }

    private static Map<String, ChannelRule> byPattern(ChannelRules rules) {
        Map<String, ChannelRule> found = new LinkedHashMap<>();
        rules.all().forEach(rule -> found.putIfAbsent(rule.channel().toString(), rule));
        return found;
    }

    private static JsonObject json(ChannelRule rule) {
        try {
            return rule.toJson();
        } catch (IllegalStateException notExpressible) {
            return new JsonObject().put("rule", rule.toString());
        }
    }

    /** Compares the rules that may apply to the same channel, one before and the other after the change. */
    private static void check(List<ChannelRule> before, List<ChannelRule> after) {
        for (int i = 0; i < after.size(); i++) {
            ChannelRule fresh = after.get(i);
            for (int j = 0; j < before.size(); j++) {
                ChannelRule old = before.get(j);
                boolean sameSize = old.history().size() == fresh.history().size();
                boolean samePersonalize = Objects.equals(old.personalize(), fresh.personalize());
                if (sameSize && samePersonalize
                        || !fresh.channel().overlaps(old.channel())
                        || isHidden(after, i, fresh, old)
                        || isHidden(before, j, fresh, old)) {
                    continue;
                }
                throw new IllegalArgumentException("channels[%d].%s: another one for channels of %s needs a restart%s"
                        .formatted(
                                i,
                                sameSize ? "personalize" : "history.size",
                                fresh.channel(),
                                sameSize
                                        ? ""
                                        : " (found: %s, expected: %s as before)".formatted(size(fresh), size(old))));
            }
        }
    }

    /** Returns whether no channel matches both rules first: an earlier rule matches all of one of them. */
    private static boolean isHidden(List<ChannelRule> rules, int index, ChannelRule one, ChannelRule other) {
        return rules.subList(0, index).stream()
                .anyMatch(earlier -> earlier.channel().covers(one.channel())
                        || earlier.channel().covers(other.channel()));
    }

    private static String size(ChannelRule rule) {
        return rule.history().isNone() ? "none" : String.valueOf(rule.history().size());
    }
}
