package io.ssebridge.http;

import io.ssebridge.access.Grant;
import io.ssebridge.bus.BusNode;
import io.ssebridge.bus.Publication;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Stamp;
import io.ssebridge.event.EventStamp;
import io.ssebridge.event.Profile;
import io.ssebridge.event.Receipt;
import io.ssebridge.request.Problem;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Publishes the events of requests, with the stamps that the rules of their channels say. */
final class StampedPublisher {
    private final ChannelRules rules;
    private final BusNode node;

    StampedPublisher(ChannelRules rules, BusNode node) {
        this.rules = rules;
        this.node = node;
    }

    /**
     * Publishes events, as {@link BusNode#publish(List, List)} does.
     *
     * @param caller the publisher of all of them
     */
    Future<List<Future<Receipt>>> publish(
            List<ChannelName> channels, List<Publication> events, Optional<Grant> caller) {
        Map<Optional<Stamp>, List<ChannelName>> groups = new LinkedHashMap<>();
        channels.forEach(channel -> groups.computeIfAbsent(stamp(channel), first -> new ArrayList<>())
                .add(channel));
        Map<Optional<Stamp>, Future<List<Future<Receipt>>>> published = new LinkedHashMap<>();
        groups.forEach((stamp, group) -> published.put(stamp, node.publish(group, stamped(stamp, events, caller))));
        return groups.size() == 1
                ? published.values().iterator().next()
                : Future.join(List.copyOf(published.values()))
                        .transform(done -> Future.succeededFuture(inOrder(channels, events.size(), groups, published)));
    }

    /** Returns whether there is room for events now, as {@link BusNode#hasRoom} does. */
    boolean hasRoom(long bytes) {
        return node.hasRoom(bytes);
    }

    private Optional<Stamp> stamp(ChannelName channel) {
        return rules.find(channel).map(ChannelRule::stamp);
    }

    private static List<Publication> stamped(Optional<Stamp> stamp, List<Publication> events, Optional<Grant> caller) {
        if (stamp.isEmpty()) {
            return events;
        }
        Profile publisher = ChannelAccess.profile(caller);
        try {
            return events.stream()
                    .map(each -> new Publication(EventStamp.apply(stamp.get(), each.event(), publisher), each.key()))
                    .toList();
        } catch (IllegalArgumentException e) {
            throw Problem.badToken("its subject or a property is not valid Unicode");
        }
    }

    /** Brings the answers of the groups into one order: event by event, and for each event the channels in their order. */
    private List<Future<Receipt>> inOrder(
            List<ChannelName> channels,
            int events,
            Map<Optional<Stamp>, List<ChannelName>> groups,
            Map<Optional<Stamp>, Future<List<Future<Receipt>>>> published) {
        Map<Optional<Stamp>, Iterator<Future<Receipt>>> answers = new HashMap<>();
        published.forEach((stamp, answer) -> answers.put(
                stamp,
                answer.otherwise(failure -> Collections.nCopies(
                                events * groups.getOrDefault(stamp, List.of()).size(), Future.failedFuture(failure)))
                        .result()
                        .iterator()));
        List<Future<Receipt>> ordered = new ArrayList<>(events * channels.size());
        for (int event = 0; event < events; event++) {
            for (ChannelName channel : channels) {
                // A group has its channels in the order of the request.
                ordered.add(Objects.requireNonNull(answers.get(stamp(channel)), "the answers of a group")
                        .next());
            }
        }
        return ordered;
    }
}
