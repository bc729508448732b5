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
 * The bus addresses that this node consumes: one consumer each, since two would get every published message twice.
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
     * Starts to consume an address that the configuration maps to a channel. Not one of the bridge itself: whatever the name
     * of a channel is, it must not put its own consumer in the place of ours.
     *
     * @return when the whole cluster can know of it
     */
    Future<Void> openMapped(String address, Handler<Message<Object>> handler) {
        return ReservedAddresses.contains(address)
                ? Future.failedFuture(new IllegalArgumentException("address %s: is reserved".formatted(address)))
                : open(address, handler);
    }

    /**
     * Starts to consume an address, once a consumer that is going has gone.
     *
     * @return when the whole cluster can know of it
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
     * The addresses that the whole cluster should know this node to consume, each with its consumer: another one means that
     * the address has been closed and opened since.
     */
    Map<String, MessageConsumer<Object>> standing() {
        return consumers.entrySet().stream()
                .filter(entry -> entry.getValue().completion().succeeded())
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** The addresses that this node should consume and does not, because registering them anew has failed. */
    Set<String> failed() {
        return wanted.keySet().stream()
                .filter(address -> !consumers.containsKey(address) && !closing.containsKey(address))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Whether an address is consumed, and by this consumer. */
    boolean isStanding(String address, MessageConsumer<Object> consumer) {
        return consumers.get(address) == consumer;
    }

    /**
     * Registers an address anew, if it is consumed: who does not know of it, or believes that another node consumes it,
     * is told. Until it is done, what others say to the address finds nobody.
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
                // Closed, or opened by somebody else, while it waited.
                return Future.succeededFuture();
            }
            MessageConsumer<Object> consumer = consumers.computeIfAbsent(address, bus::consumer);
            consumer.handler(handler);
            return consumer.completion().onFailure(unregistered -> forget(address, consumer));
        });
    }

    /** A consumer whose registration has failed never tries again: whoever opens the address next needs another. */
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
