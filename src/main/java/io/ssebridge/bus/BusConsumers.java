package io.ssebridge.bus;

import io.ssebridge.channel.ReservedAddresses;
import io.ssebridge.hub.Owner;
import io.ssebridge.membership.Nodes;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.eventbus.impl.MessageConsumerImpl;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The bus addresses that this node consumes on one event loop. Each has one consumer on the node, because two consumers would
 * receive every published message twice, and each only a part of the others.
 *
 * <p>Senders remember the consumers of an address. Vert.x drops a message for a consumer that is gone, and the request
 * runs into its time-out. So a consumer is removed in two steps: first the cluster forgets it; then, when no message has
 * come for {@link #LATE}, it is unregistered. In between it refuses each message at once.
 *
 * <p><b>Owner:</b> the event loop, which handles the messages.
 */
final class BusConsumers {
    // Senders hear of a change after some tens of milliseconds, on a busy machine after some hundreds.
    private static final Duration LATE = Duration.ofSeconds(2);

    private final Owner owner;
    private final Vertx vertx;
    private final Nodes nodes;
    private final AddressHolders holders;
    private final Map<String, Handler<Message<Object>>> wanted = new HashMap<>();
    private final Map<String, MessageConsumer<Object>> consumers = new HashMap<>();
    private final Map<String, Future<Void>> closing = new HashMap<>();
    // Consumers that the cluster has forgotten, until all senders have heard of it.
    private final Map<String, Late> late = new HashMap<>();

    /** A consumer that refuses all messages. */
    private static final class Late {
        private final MessageConsumer<Object> consumer;
        private final Promise<Void> gone = Promise.promise();
        private boolean used;

        private Late(MessageConsumer<Object> consumer) {
            this.consumer = consumer;
        }
    }

    /**
     * Creates the consumers of an event loop, which consumes nothing yet.
     *
     * @param holders shared by all event loops of the node
     */
    BusConsumers(Owner owner, Vertx vertx, Nodes nodes, AddressHolders holders) {
        this.owner = owner;
        this.vertx = vertx;
        this.nodes = nodes;
        this.holders = holders;
    }

    /**
     * Starts to consume an address that the configuration maps to a channel. Reserved addresses are refused: no channel
     * name may replace a consumer of the bridge itself.
     *
     * @return completes when the whole cluster can know the consumer
     */
    Future<Void> openMapped(String address, Handler<Message<Object>> handler) {
        return ReservedAddresses.contains(address)
                ? Future.failedFuture(new IllegalArgumentException("address %s: is reserved".formatted(address)))
                : open(address, handler);
    }

    /**
     * Starts to consume an address, after an earlier consumer is closed. If another event loop of the node consumes the
     * address, that one stops first.
     *
     * @return completes when the whole cluster can know the consumer
     */
    Future<Void> open(String address, Handler<Message<Object>> handler) {
        owner.assertHere();
        wanted.put(address, handler);
        BusConsumers before = holders.take(address, this);
        if (before == null || before == this) {
            return register(address, handler);
        }
        // A check of the addresses in the meantime must not register it either.
        waitFor(address, before.owner.call(() -> before.handOver(address)));
        return register(address, handler, before);
    }

    /** Stops consuming an address that another event loop has taken. It still refuses the messages of late senders. */
    private Future<Void> handOver(String address) {
        owner.assertHere();
        if (holders.isHeld(address, this)) {
            // Taken back in the meantime.
            return Future.succeededFuture();
        }
        wanted.remove(address);
        return unregister(address);
    }

    /**
     * Stops consuming an address.
     *
     * @return when the cluster knows of no consumer here, so that another node may have one
     */
    Future<Void> close(String address) {
        owner.assertHere();
        wanted.remove(address);
        Future<Void> gone = unregister(address);
        freeIfUnused(address);
        return gone;
    }

    /** Completes when all senders have heard of the addresses that this node has closed. */
    Future<Void> quiet() {
        owner.assertHere();
        return Future.join(
                        late.values().stream().map(each -> each.gone.future()).toList())
                .mapEmpty();
    }

    /**
     * Returns the addresses for which the whole cluster should know this node, each with its consumer. A different
     * consumer later means that the address has been closed and opened in between.
     */
    Map<String, MessageConsumer<Object>> registered() {
        owner.assertHere();
        return consumers.entrySet().stream()
                .filter(entry -> entry.getValue().completion().succeeded())
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Returns the addresses that this node should consume but does not, because the registration has failed. */
    Set<String> failed() {
        owner.assertHere();
        return wanted.keySet().stream()
                .filter(address -> !consumers.containsKey(address) && !closing.containsKey(address))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Returns whether this consumer still consumes the address. */
    boolean isRegistered(String address, MessageConsumer<Object> consumer) {
        owner.assertHere();
        return consumers.get(address) == consumer;
    }

    /**
     * Registers a consumed address again. This notifies members that do not know this consumer, or believe that another
     * node consumes the address. Until it is done, messages of other nodes to the address find no consumer.
     */
    Future<Void> renew(String address) {
        owner.assertHere();
        Handler<Message<Object>> handler = wanted.get(address);
        return handler == null
                ? Future.succeededFuture()
                : unregister(address).transform(gone -> register(address, handler));
    }

    private Future<Void> register(String address, Handler<Message<Object>> handler) {
        return register(address, handler, this);
    }

    /**
     * Registers a consumer.
     *
     * @param before the event loop that has consumed the address before
     */
    private Future<Void> register(String address, Handler<Message<Object>> handler, BusConsumers before) {
        return closing.getOrDefault(address, Future.succeededFuture()).transform(gone -> {
            if (wanted.get(address) != handler) {
                // The address was closed, or opened with another handler, during the wait.
                return Future.succeededFuture();
            }
            MessageConsumer<Object> consumer = consumers.computeIfAbsent(address, this::create);
            consumer.handler(handler);
            // The old consumer goes last: the threads of connections deliver messages at any moment, and drop those
            // without
            // a consumer. It only refuses, so no message is taken twice.
            Future<Void> replaced = Future.join(
                            forgetLate(address), before.owner.callDirectly(() -> before.forgetLate(address)))
                    .mapEmpty();
            return consumer.completion()
                    .onFailure(unregistered -> forget(address, consumer))
                    .eventually(() -> replaced);
        });
    }

    /**
     * Creates a consumer that also refuses the messages that Vert.x discards: those that are on their way from the thread of
     * a connection to this event loop when the consumer is unregistered. Vert.x itself would answer them with a failure of
     * the type {@code TIMEOUT}, although no time has passed. Its answer still goes out, but the sender takes the first one.
     */
    private MessageConsumer<Object> create(String address) {
        MessageConsumer<Object> consumer = vertx.eventBus().consumer(address);
        if (consumer instanceof MessageConsumerImpl<Object> known) {
            known.discardHandler(BusConsumers::refuse);
        }
        return consumer;
    }

    /**
     * Removes a consumer with a failed registration. It never retries, so the next open of the address needs a new one.
     */
    private void forget(String address, MessageConsumer<Object> consumer) {
        if (consumers.remove(address, consumer)) {
            consumer.unregister();
        }
    }

    private Future<Void> unregister(String address) {
        MessageConsumer<Object> consumer = consumers.remove(address);
        if (consumer == null) {
            return closing.getOrDefault(address, Future.succeededFuture());
        }
        Future<Void> gone = vertx.isClustered() ? unregister(address, consumer) : consumer.unregister();
        waitFor(address, gone);
        return gone;
    }

    /** Lets the next consumer of an address wait for a step, and for those it waits for already. */
    private void waitFor(String address, Future<Void> step) {
        Future<Void> before = closing.get(address);
        Future<Void> all = before == null ? step : Future.join(before, step).mapEmpty();
        closing.put(address, all);
        all.onComplete(done -> {
            closing.remove(address, all);
            freeIfUnused(address);
        });
    }

    private Future<Void> unregister(String address, MessageConsumer<Object> consumer) {
        Late leaving = new Late(consumer);
        consumer.handler(message -> {
            leaving.used = true;
            refuse(message);
        });
        return nodes.unregister(address)
                .onSuccess(forgotten -> {
                    late.put(address, leaving);
                    forgetLater(address, leaving);
                })
                .recover(failure -> consumer.unregister());
    }

    /** Unregisters the consumer later; not as long as messages come from senders that have not heard of it yet. */
    private void forgetLater(String address, Late leaving) {
        leaving.used = false;
        vertx.setTimer(LATE.toMillis(), passed -> {
            if (leaving.used) {
                forgetLater(address, leaving);
            } else {
                forget(address, leaving);
            }
        });
    }

    private void forget(String address, Late leaving) {
        if (late.remove(address, leaving)) {
            leaving.consumer.unregister().onComplete(leaving.gone);
            freeIfUnused(address);
        }
    }

    private Future<Void> forgetLate(String address) {
        Late leaving = late.get(address);
        if (leaving == null) {
            return Future.succeededFuture();
        }
        forget(address, leaving);
        return leaving.gone.future();
    }

    private void freeIfUnused(String address) {
        if (!wanted.containsKey(address) && !closing.containsKey(address) && !late.containsKey(address)) {
            holders.free(address, this);
        }
    }

    /** Answers as Vert.x does if there is no consumer. */
    private static void refuse(Message<Object> message) {
        if (message.replyAddress() != null) {
            message.reply(new ReplyException(
                    ReplyFailure.NO_HANDLERS, "No handlers for address " + message.address() + " here any more"));
        }
    }
}
