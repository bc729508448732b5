package io.ssebridge.bus;

import io.ssebridge.channel.ReservedAddresses;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The bus addresses that this node consumes. Each has one consumer, because two consumers would receive every published
 * message twice.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Intake {
    private final EventBus bus;
    private final Map<String, Handler<Message<Object>>> wanted = new HashMap<>();
    private final Map<String, MessageConsumer<Object>> consumers = new HashMap<>();
    private final Map<String, Future<Void>> closing = new HashMap<>();

    Intake(EventBus bus) {
        this.bus = bus;
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
     * Starts to consume an address, after an earlier consumer is closed.
     *
     * @return completes when the whole cluster can know the consumer
     */
    Future<Void> open(String address, Handler<Message<Object>> handler) {
        wanted.put(address, handler);
        return register(address, handler);
    }

    /** Stops consuming an address. */
    Future<Void> close(String address) {
        wanted.remove(address);
        return unregister(address);
    }

    /**
     * Returns the addresses for which the whole cluster should know this node, each with its consumer. A different
     * consumer later means that the address has been closed and opened in between.
     */
    Map<String, MessageConsumer<Object>> standing() {
        return consumers.entrySet().stream()
                .filter(entry -> entry.getValue().completion().succeeded())
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** Returns the addresses that this node should consume but does not, because the registration has failed. */
    Set<String> failed() {
        return wanted.keySet().stream()
                .filter(address -> !consumers.containsKey(address) && !closing.containsKey(address))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Returns whether this consumer still consumes the address. */
    boolean isStanding(String address, MessageConsumer<Object> consumer) {
        return consumers.get(address) == consumer;
    }

    /**
     * Registers a consumed address again. This notifies members that do not know this consumer, or believe that another
     * node consumes the address. Until it is done, messages of other nodes to the address find no consumer.
     */
    Future<Void> renew(String address) {
        Handler<Message<Object>> handler = wanted.get(address);
        return handler == null
                ? Future.succeededFuture()
                : unregister(address).transform(gone -> register(address, handler));
    }

    private Future<Void> register(String address, Handler<Message<Object>> handler) {
        return closing.getOrDefault(address, Future.succeededFuture()).transform(gone -> {
            if (wanted.get(address) != handler) {
                // The address was closed, or opened with another handler, during the wait.
                return Future.succeededFuture();
            }
            MessageConsumer<Object> consumer = consumers.computeIfAbsent(address, bus::consumer);
            consumer.handler(handler);
            return consumer.completion().onFailure(unregistered -> forget(address, consumer));
        });
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
        Future<Void> gone = consumer.unregister();
        closing.put(address, gone);
        return gone.onComplete(done -> closing.remove(address, gone));
    }
}
