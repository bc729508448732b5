package io.ssebridge.demo;

import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Wire;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import org.jspecify.annotations.Nullable;

/** Publishes events as a service does that knows nothing of the bridge but one address. Any thread. */
final class BusPublisher {
    private static final long TIMEOUT_MILLIS = 3_000;

    private final Vertx vertx;

    BusPublisher(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Publishes an event.
     *
     * @param name the name of the event; null: it has none
     * @param data a text or JSON
     * @param key the idempotency key: a repetition is not delivered twice
     * @param end whether the event ends its channel
     * @return completes when the event is kept, or if the channel has ended before
     */
    Future<Void> publish(String channel, @Nullable String name, Object data, String key, boolean end) {
        DeliveryOptions options = new DeliveryOptions()
                .addHeader("channel", channel)
                .addHeader("key", key)
                .setSendTimeout(TIMEOUT_MILLIS);
        if (name != null) {
            options.addHeader("event", name);
        }
        if (end) {
            options.addHeader("end", "true");
        }
        return vertx.eventBus()
                .request(Wire.PUBLISH_ADDRESS, data, options)
                .<Void>mapEmpty()
                .recover(failure -> hasEnded(failure) ? Future.succeededFuture() : Future.failedFuture(failure));
    }

    private static boolean hasEnded(Throwable failure) {
        return failure instanceof ReplyException refusal && refusal.failureCode() == Refusals.ENDED;
    }
}
