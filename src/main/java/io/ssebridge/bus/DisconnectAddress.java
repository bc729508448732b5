package io.ssebridge.bus;

import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;

/**
 * Takes the requests of other services to disconnect subscribers, on {@code sse.disconnect}. Every node takes them.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class DisconnectAddress {
    private static final String ADDRESS = "sse.disconnect";

    private final NodeRequests streams;
    private int unanswered;

    DisconnectAddress(NodeRequests streams) {
        this.streams = streams;
    }

    Future<Void> open(BusConsumers consumers) {
        return consumers.open(ADDRESS, this::answer);
    }

    Future<Void> close(BusConsumers consumers) {
        return consumers.close(ADDRESS);
    }

    /** Returns whether all requests are answered. */
    boolean isQuiet() {
        return unanswered == 0;
    }

    private void answer(Message<Object> message) {
        unanswered++;
        Future.<Void>succeededFuture()
                .compose(asked -> streams.disconnect(message.body()))
                .onSuccess(message::reply)
                .onFailure(failure -> Refusals.fail(message, failure))
                .onComplete(answered -> unanswered--);
    }
}
