package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Receipt;
import io.ssebridge.event.TraceParent;
import io.ssebridge.hub.Owner;
import io.ssebridge.leader.ChannelAddresses;
import io.ssebridge.membership.Shards;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Wire;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Turns messages of other services into events of channels, on one event loop. The leader of a channel consumes the address that feeds
 * only this channel. The leader of the address's own shard consumes a shared address and {@value Wire#PUBLISH_ADDRESS}.
 *
 * <p><b>Owner:</b> the event loop, which consumes the addresses of its shards.
 */
final class Ingest implements ChannelAddresses {
    private static final Logger LOG = LoggerFactory.getLogger(Ingest.class);
    // What takes an address that feeds several channels.
    private static final String SHARED = "shared";
    // A reason may contain a part of the message, so there may be any number of them.
    private static final int MAX_REPORTED = 100;

    private final Owner owner;
    private final LoopConsumers consumers;
    private final ChannelRules rules;
    private final MessageReader reader;
    private final EventPublisher publisher;
    private final PublishMeters meters;
    private final Map<String, Function<Message<Object>, ChannelName>> shared = new HashMap<>();
    private final Set<String> reported = new HashSet<>();
    // The shards that are being released or have been: their addresses are not opened.
    private final BitSet released = new BitSet(Shards.COUNT);
    private final UnansweredMessages unanswered = new UnansweredMessages();

    Ingest(
            Owner owner,
            LoopConsumers consumers,
            ChannelRules rules,
            MessageReader reader,
            EventPublisher publisher,
            PublishMeters meters) {
        this.owner = owner;
        this.consumers = consumers;
        this.rules = rules;
        this.reader = reader;
        this.publisher = publisher;
        this.meters = meters;
        shared.put(Wire.PUBLISH_ADDRESS, message -> new ChannelName(required(message, Wire.CHANNEL)));
        addShared();
    }

    private void addShared() {
        for (ChannelRule rule : rules.all()) {
            String header = rule.header();
            if (header != null) {
                shared.put(String.valueOf(rule.address()), message -> rule.channelOf(required(message, header)));
            }
        }
    }

    @Override
    public Future<Void> sharedChanged(IntPredicate isLed) {
        owner.assertHere();
        Set<String> before = Set.copyOf(shared.keySet());
        shared.keySet().retainAll(Set.of(Wire.PUBLISH_ADDRESS));
        addShared();
        List<Future<Void>> changed = new ArrayList<>();
        for (String address : before) {
            if (!shared.containsKey(address) && isLed.test(Shards.of(address))) {
                changed.add(closeShared(address));
            }
        }
        for (String address : shared.keySet()) {
            int shard = Shards.of(address);
            if (!before.contains(address) && isLed.test(shard) && !released.get(shard)) {
                changed.add(openShared(address));
            }
        }
        return Future.join(changed).mapEmpty();
    }

    private Future<Void> openShared(String address) {
        int shard = Shards.of(address);
        return consumers.open(address, SHARED, message -> take(address, shard, message, channelOf(address)));
    }

    private Future<Void> closeShared(String address) {
        return consumers.close(address, SHARED);
    }

    @Override
    public Future<Void> open(ChannelRule rule, ChannelName channel) {
        owner.assertHere();
        int shard = Shards.of(channel);
        if (released.get(shard)) {
            return Future.succeededFuture();
        }
        return ownAddress(rule, channel)
                .map(address -> consumers.openMapped(
                        address, channel, message -> take(address, shard, message, always -> channel)))
                .orElseGet(Future::succeededFuture);
    }

    @Override
    public Future<Void> close(ChannelRule rule, ChannelName channel) {
        owner.assertHere();
        return ownAddress(rule, channel)
                .map(address -> consumers.close(address, channel))
                .orElseGet(Future::succeededFuture);
    }

    @Override
    public Future<Void> openShared(int shard) {
        owner.assertHere();
        released.clear(shard);
        return Future.join(sharedOf(shard).map(this::openShared).toList()).mapEmpty();
    }

    @Override
    public Future<Void> closeShared(int shard) {
        owner.assertHere();
        released.set(shard);
        return Future.join(sharedOf(shard).map(this::closeShared).toList()).mapEmpty();
    }

    @Override
    public Future<Void> answered(int shard) {
        owner.assertHere();
        return unanswered.none(shard);
    }

    private Stream<String> sharedOf(int shard) {
        return shared.keySet().stream().filter(address -> Shards.of(address) == shard);
    }

    private Function<Message<Object>, ChannelName> channelOf(String address) {
        return shared.getOrDefault(address, message -> {
            throw new IllegalStateException(address);
        });
    }

    private void take(
            String address, int shard, Message<Object> message, Function<Message<Object>, ChannelName> channelOf) {
        try {
            ChannelName channel = channelOf.apply(message);
            if (rules.find(channel).isEmpty()) {
                throw Refusals.noRule(channel);
            }
            Future<Receipt> published = publisher.publishMessage(channel, reader.read(message), reader.key(message));
            unanswered.begin(shard);
            published.onComplete(outcome -> {
                unanswered.end(shard);
                if (outcome.succeeded()) {
                    answer(message, outcome.result());
                } else {
                    refuse(address, message, outcome.cause());
                }
            });
        } catch (RuntimeException refused) {
            refuse(address, message, refused);
        }
    }

    private static void answer(Message<Object> message, Receipt published) {
        if (message.replyAddress() != null) {
            message.reply(published.toJson());
        }
    }

    /**
     * Refuses a message. A sender that waits for an answer gets the refusal. Otherwise the log says it once, so that a
     * broken sender cannot fill the disk.
     */
    private void refuse(String address, Message<Object> message, Throwable failure) {
        meters.refused(failure, 1);
        if (message.replyAddress() != null) {
            Refusals.fail(message, failure);
            return;
        }
        String reason =
                FaultyMessages.shortened(String.valueOf(Refusals.from(failure).getMessage()));
        if (reported.size() < MAX_REPORTED && reported.add(address + ": " + reason)) {
            Optional<String> trace = TraceParent.traceId(message.headers().get(TraceParent.NAME));
            LoggingEventBuilder line =
                    trace.isPresent() ? LOG.atWarn().addKeyValue("traceId", trace.get()) : LOG.atWarn();
            line.log("Refused a message on {}: {} (said once)", address, reason);
        }
    }

    private static String required(Message<Object> message, String header) {
        @Nullable String value = message.headers().get(header);
        if (value == null) {
            throw new IllegalArgumentException("header %s: is missing".formatted(header));
        }
        return value;
    }

    /**
     * Returns the address that feeds only this channel, if there is one. A shared address does not belong to one
     * channel.
     */
    private static Optional<String> ownAddress(ChannelRule rule, ChannelName channel) {
        return rule.isShared() ? Optional.empty() : rule.addressOf(channel);
    }
}
