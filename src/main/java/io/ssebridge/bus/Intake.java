package io.ssebridge.bus;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.HashMap;
import java.util.Map;

/**
 * The bus addresses that this node consumes: one consumer each, since two would get every published message twice.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Intake {
    private final EventBus bus;
    private final Map<String, MessageConsumer<Object>> consumers = new HashMap<>();
    private final Map<String, Future<Void>> closing = new HashMap<>();

    Intake(EventBus bus) {
        this.bus = bus;
    }

    /**
     * Starts to consume an address, once a consumer that is going has gone.
     *
     * @return when the whole cluster can know of it
     */
    Future<Void> open(String address, Handler<Message<Object>> handler) {
        return closing.getOrDefault(address, Future.succeededFuture()).compose(gone -> {
            MessageConsumer<Object> consumer = consumers.computeIfAbsent(address, bus::consumer);
            consumer.handler(handler);
            return consumer.completion();
        });
    }

    /** Stops consuming an address. */
    Future<Void> close(String address) {
        MessageConsumer<Object> consumer = consumers.remove(address);
        if (consumer == null) {
            return closing.getOrDefault(address, Future.succeededFuture());
        }
        Future<Void> gone = consumer.unregister();
        closing.put(address, gone);
        return gone.onComplete(done -> closing.remove(address, gone));
    }
}
