package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Receipt;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.leader.PublishBudget;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.vertx.core.Future;
import io.vertx.core.eventbus.ReplyException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Hands the events that this node receives over to the leaders of their channels, and makes the receipts. The memory of
 * the events in flight is limited, all publishers together. Any thread; the work for a channel is done by the event loop of
 * its shard.
 */
final class EventPublisher {
    // About a millisecond of work.
    private static final int EVENTS_PER_TURN = 64;

    private final ChannelRules rules;
    private final MessageReader messages;
    private final PerLoop<LeaderClient> leaders;
    private final HistoryReader histories;
    private final PublishMeters meters;
    private final PublishSpans spans;
    private final PublishBudget inFlight = PublishBudget.ofHeap();

    /**
     * Creates a publisher.
     *
     * @param rules say on which channels nobody may publish
     * @param messages knows the limits of an event
     * @param histories says which channels have a history, and so ids for their events
     * @param meters counts the events
     * @param spans traces the events
     */
    EventPublisher(
            ChannelRules rules,
            MessageReader messages,
            PerLoop<LeaderClient> leaders,
            HistoryReader histories,
            PublishMeters meters,
            PublishSpans spans) {
        this.rules = rules;
        this.messages = messages;
        this.leaders = leaders;
        this.histories = histories;
        this.meters = meters;
        this.spans = spans;
    }

    /** Publishes the events of one request in portions, as {@link BusNode#publish(List, List)} describes. */
    Future<List<Future<Receipt>>> publish(List<ChannelName> names, List<Publication> events) {
        return spans.around(names, events, traced -> publishNow(names, traced));
    }

    private Future<List<Future<Receipt>>> publishNow(List<ChannelName> names, List<Publication> events) {
        long bytes = names.size()
                * events.stream()
                        .mapToLong(each -> PublishBudget.bytes(each.event()))
                        .sum();
        if (!inFlight.take(bytes)) {
            Future<List<Future<Receipt>>> refused = noRoom();
            meters.refused(refused.cause(), names.size() * events.size());
            return refused;
        }
        return (names.size() == 1 ? publishOn(leaders.of(names.get(0)), names, events) : publishOnEach(names, events))
                .onComplete(answered -> inFlight.giveBack(bytes))
                .onSuccess(meters::answered)
                .recover(failure -> Future.failedFuture(Refusals.from(failure)));
    }

    /** Publishes the events of channels of several event loops, each on its own. */
    private Future<List<Future<Receipt>>> publishOnEach(List<ChannelName> names, List<Publication> events) {
        Map<LeaderClient, List<ChannelName>> parts = new LinkedHashMap<>();
        names.forEach(name -> parts.computeIfAbsent(leaders.of(name), first -> new ArrayList<>())
                .add(name));
        Map<LeaderClient, Future<List<Future<Receipt>>>> published = new LinkedHashMap<>();
        parts.forEach((client, its) -> published.put(client, publishOn(client, its, events)));
        return Future.join(new ArrayList<>(published.values())).map(done -> inOrder(names, events.size(), published));
    }

    /** Puts the receipts of all event loops in the order of the events, and for each event in that of the channels. */
    private List<Future<Receipt>> inOrder(
            List<ChannelName> names, int events, Map<LeaderClient, Future<List<Future<Receipt>>>> published) {
        Map<LeaderClient, Iterator<Future<Receipt>>> next = new HashMap<>();
        published.forEach((client, part) -> next.put(client, part.result().iterator()));
        List<Future<Receipt>> all = new ArrayList<>(names.size() * events);
        for (int i = 0; i < events; i++) {
            names.forEach(name ->
                    all.add(Objects.requireNonNull(next.get(leaders.of(name))).next()));
        }
        return all;
    }

    private Future<List<Future<Receipt>>> publishOn(
            LeaderClient client, List<ChannelName> names, List<Publication> events) {
        List<Future<Receipt>> published = new ArrayList<>(names.size() * events.size());
        return client.owner()
                .call(() -> handOver(client, names, events, published)
                        .compose(done -> Future.join(published))
                        .transform(answered -> Future.succeededFuture(published)));
    }

    /** Hands over the next portion of events, and the rest in later turns of the event loop. */
    private Future<Void> handOver(
            LeaderClient client, List<ChannelName> names, List<Publication> events, List<Future<Receipt>> published) {
        int all = names.size() * events.size();
        int end = Math.min(all, published.size() + EVENTS_PER_TURN);
        for (int i = published.size(); i < end; i++) {
            published.add(handOver(client, names.get(i % names.size()), events.get(i / names.size())));
        }
        return end == all
                ? Future.succeededFuture()
                : client.owner().call(() -> handOver(client, names, events, published));
    }

    private Future<Receipt> handOver(LeaderClient client, ChannelName channel, Publication publication) {
        String key = publication.key();
        try {
            checkOpen(channel);
            messages.checkSize(publication.event());
            if (key != null) {
                MessageReader.checkKey(key);
            }
            return submit(client, channel, publication.event(), key)
                    .recover(failure -> Future.failedFuture(Refusals.from(failure)));
        } catch (IllegalArgumentException | ReplyException refused) {
            return Future.failedFuture(Refusals.from(refused));
        }
    }

    /**
     * Publishes the event of an event bus message; called on an event loop of the node.
     *
     * @param key the idempotency key of the message, or null
     * @throws ReplyException if nobody may publish on the channel
     */
    Future<Receipt> publishMessage(ChannelName channel, Event event, @Nullable String key) {
        checkOpen(channel);
        return spans.around(
                        channel,
                        new Publication(event, key),
                        traced -> publishWithin(channel, traced.event(), traced.key()))
                .onSuccess(published -> meters.publishedMessage());
    }

    /**
     * Publishes a change of presence, as {@link io.ssebridge.presence.PresenceChannels} describes; called on an event loop
     * of the node.
     */
    Future<Void> publishPresence(ChannelName channel, Event event, String key) {
        return publishWithin(channel, event, key)
                .onSuccess(published -> meters.publishedPresence())
                .mapEmpty();
    }

    private Future<Receipt> publishWithin(ChannelName channel, Event event, @Nullable String key) {
        long bytes = PublishBudget.bytes(event);
        if (!inFlight.take(bytes)) {
            return noRoom();
        }
        LeaderClient client = leaders.of(channel);
        return client.owner()
                .callDirectly(() -> submit(client, channel, event, key))
                .onComplete(answered -> inFlight.giveBack(bytes));
    }

    /** Returns whether there is room for events of this size now; any thread. */
    boolean hasRoom(long bytes) {
        return inFlight.hasRoom(bytes);
    }

    /** Returns whether no event is in flight. */
    boolean isQuiet() {
        return inFlight.bytes() == 0;
    }

    private void checkOpen(ChannelName channel) {
        if (rules.isOfPresence(channel)) {
            throw Refusals.of(
                    Refusals.FORBIDDEN,
                    "channel \"%s\": only the bridge publishes there (presenceOf)".formatted(channel));
        }
    }

    private Future<Receipt> submit(LeaderClient client, ChannelName channel, Event event, @Nullable String key) {
        if (event.attributes().end() && !histories.keeps(channel)) {
            return Future.failedFuture(Refusals.of(
                    Refusals.BAD_REQUEST, "end: the channel has no history (expected: a channel with a history)"));
        }
        return client.publish(channel, Submission.of(channel, event, key))
                .map(receipt -> new Receipt(
                        channel,
                        histories.keeps(channel)
                                ? Optional.of(EventId.encode(List.of(channel), List.of(receipt.cursor())))
                                : Optional.empty(),
                        receipt.cursor().sequence(),
                        receipt.repeated()));
    }

    private static <T> Future<T> noRoom() {
        return Future.failedFuture(Refusals.of(Refusals.TOO_MANY, PublishMeters.IN_FLIGHT));
    }
}
