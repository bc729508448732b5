package io.ssebridge.channel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One state of the {@link ChannelRules}. Immutable.
 */
final class RuleSet {
    private final List<ChannelRule> rules;
    private final List<ChannelRule> ofPresence;
    private final boolean personalized;
    private final boolean measured;
    // The bus addresses of the services that the rules name, with the key of one rule that names it.
    private final Map<String, String> services;
    // For each rule, whether one of its channels may have such an address.
    private final boolean[] meetsServices;

    /** Creates a state of the rules; throws as {@link ChannelRules} does. */
    RuleSet(List<ChannelRule> rules) {
        this.rules = List.copyOf(rules);
        for (int i = 0; i < rules.size(); i++) {
            for (int j = 0; j < i; j++) {
                checkAddresses(rules.get(i), i, rules.get(j), j);
            }
        }
        this.ofPresence =
                rules.stream().filter(rule -> rule.presence().of() != null).toList();
        this.personalized = rules.stream().anyMatch(rule -> rule.personalize() != null);
        this.measured = rules.stream().anyMatch(ChannelRule::metrics);
        this.services = services(rules);
        this.meetsServices = new boolean[rules.size()];
        for (int i = 0; i < rules.size(); i++) {
            checkPresence(rules, i);
            checkService(rules, i);
            meetsServices[i] = meetsService(i);
        }
    }

    private static Map<String, String> services(List<ChannelRule> rules) {
        Map<String, String> found = new HashMap<>();
        for (int i = 0; i < rules.size(); i++) {
            String path = "channels[%d].".formatted(i);
            rules.get(i).hooks().services().forEach((key, service) -> {
                if (service.address() != null) {
                    found.putIfAbsent(service.address(), path + key);
                }
            });
        }
        return found;
    }

    private boolean meetsService(int index) {
        ChannelPattern address = rules.get(index).address();
        if (address == null) {
            return false;
        }
        String key = services.get(address.toString());
        if (key != null) {
            throw new IllegalArgumentException(
                    "channels[%d].address: %s is the address of the service in %s (expected: an address that no service consumes)"
                            .formatted(index, address, key));
        }
        return services.keySet().stream()
                .anyMatch(service ->
                        ChannelName.find(service).filter(address::matches).isPresent());
    }

    // The bridge would consume the address of the service, and take a part of its questions.
    private void checkServices(ChannelRule rule, ChannelName name) {
        String filled =
                feedsItsNamesake(rule) ? name.value() : rule.addressOf(name).orElse("");
        if (services.containsKey(filled)) {
            throw new IllegalArgumentException(
                    "channel \"%s\": its address %s is the address of a service (expected: another channel)"
                            .formatted(name, filled));
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

    Optional<ChannelRule> find(ChannelName name) {
        for (int i = 0; i < meetsServices.length; i++) {
            ChannelRule rule = rules.get(i);
            if (rule.channel().matches(name)) {
                rule.checkAddressOf(name);
                if (meetsServices[i]) {
                    checkServices(rule, name);
                }
                return Optional.of(rule);
            }
        }
        return Optional.empty();
    }

    boolean isOfPresence(ChannelName name) {
        // Every event comes by here, and most configurations have no such rule.
        return !ofPresence.isEmpty()
                && find(name).filter(rule -> rule.presence().of() != null).isPresent();
    }

    List<ChannelName> presenceChannels(ChannelName name) {
        List<ChannelName> found = new ArrayList<>();
        for (ChannelRule rule : ofPresence) {
            ChannelPattern of = rule.presence().of();
            if (of != null && of.matches(name)) {
                ChannelName.find(rule.channel().fill(of.bind(name))).ifPresent(found::add);
            }
        }
        return found;
    }

    boolean isPersonalized() {
        return personalized;
    }

    boolean isMeasured() {
        return measured;
    }

    /** Returns the rules, in order. */
    List<ChannelRule> all() {
        return rules;
    }
}
