package io.ssebridge;

import io.ssebridge.channel.RuleChanges;
import io.ssebridge.config.ChangedKeys;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.Reference;
import java.util.ArrayList;
import java.util.List;

/** Compares the options of a running node with others. */
final class OptionsChanges {
    private OptionsChanges() {}

    /**
     * Returns what differs, without any values, because they may be secrets.
     *
     * @param before the options of the node
     * @param after the others
     * @return the keys; empty: nothing differs
     * @throws ConfigException if a running node cannot take the others; the message names the keys
     */
    static List<String> between(BridgeOptions before, BridgeOptions after) {
        if (before.demo() || after.demo()) {
            throw new ConfigException("demo mode: needs a restart for another configuration");
        }
        Reference reference = BridgeOptions.reference();
        List<String> changed = new ArrayList<>(ChangedKeys.between(before.withoutChannels(), after.withoutChannels()));
        List<String> fixed = new ArrayList<>(
                changed.stream().filter(key -> !reference.isLive(key)).toList());
        if (!before.personalizers().equals(after.personalizers())) {
            fixed.add("personalizers");
        }
        if (!fixed.isEmpty()) {
            throw new ConfigException(
                    "%s: needs a restart (expected: as at the start of the node)".formatted(String.join(", ", fixed)));
        }
        if (!before.callers().equals(after.callers())) {
            changed.add("callers");
        }
        if (!before.services().equals(after.services())) {
            changed.add("services");
        }
        try {
            changed.addAll(RuleChanges.between(before.channels(), after.channels()));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(String.valueOf(e.getMessage()), e);
        }
        return List.copyOf(changed);
    }
}
