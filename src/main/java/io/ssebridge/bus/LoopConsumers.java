package io.ssebridge.bus;

import io.ssebridge.channel.ReservedAddresses;
import io.ssebridge.hub.Owner;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.eventbus.Message;

/**
 * The addresses that feed the channels of one event loop. The {@link BusConsumers} of the node open and close them, so that an
 * address that moves to a channel of another event loop has one consumer.
 *
 * <p><b>Owner:</b> the event loop, which handles the messages.
 */
final class LoopConsumers {
    private final Owner owner;
    private final Context context;
    private final BusConsumers consumers;

    LoopConsumers(Owner owner, Context context, BusConsumers consumers) {
        this.owner = owner;
        this.context = context;
        this.consumers = consumers;
    }

    /**
     * Starts to consume an address that feeds one channel. Reserved addresses are refused: no channel name may replace a consumer
     * of the bridge itself.
     *
     * @return as {@link #open}
     */
    Future<Void> openMapped(String address, Object taker, Handler<Message<Object>> handler) {
        return ReservedAddresses.contains(address)
                ? Future.failedFuture(new IllegalArgumentException("address %s: is reserved".formatted(address)))
                : open(address, taker, handler);
    }

    /**
     * Starts to consume an address.
     *
     * @param taker what the address is for. The last taker has the address
     * @return completes when the whole cluster can know the consumer
     */
    Future<Void> open(String address, Object taker, Handler<Message<Object>> handler) {
        owner.assertHere();
        return consumers.owner().callDirectly(() -> consumers.open(address, taker, context, handler));
    }

    /**
     * Stops consuming an address, unless another taker has it by now.
     *
     * @return when no message comes to the handler any more, and the cluster knows of no consumer here that is not another taker's
     */
    Future<Void> close(String address, Object taker) {
        owner.assertHere();
        return consumers.owner().callDirectly(() -> consumers.close(address, taker));
    }
}
