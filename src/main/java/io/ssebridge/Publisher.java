package io.ssebridge;

import io.ssebridge.event.Receipt;
import io.ssebridge.wire.Wire;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Publishes events from any Vert.x service in the cluster. Events survive the stop and start of bridge nodes: an event
 * is sent again under the same key until the bridge confirms it. The publisher needs only Vert.x, and no bridge node in
 * this JVM.
 *
 * <p>The events of one channel keep their order: an event is sent when the one before it is answered. The number of
 * waiting events is limited. A further event is refused at once, and the caller decides what to do. Any thread.
 */
public final class Publisher {
    private static final String ADDRESS = Wire.PUBLISH_ADDRESS;
    private static final Duration ATTEMPT = Duration.ofSeconds(2);
    private static final long RETRY_MILLIS = 50;

    private final Vertx vertx;
    private final Context owner;
    private final Duration retryFor;
    private final int maxPending;
    // Owner only.
    private final Map<String, Deque<PendingRequest>> channels = new HashMap<>();
    private int pending;

    private record PendingRequest(
            @Nullable Object body, DeliveryOptions options, Promise<Receipt> receipt, long deadlineNanos) {}

    /**
     * Creates a publisher that tries for 30 seconds and lets 1,000 events wait.
     *
     * @param vertx clustered with the bridge
     */
    public Publisher(Vertx vertx) {
        this(vertx, Duration.ofSeconds(30), 1_000);
    }

    /**
     * Creates a publisher with other limits.
     *
     * @param vertx clustered with the bridge
     * @param retryFor the time for which an event is tried before it fails
     * @param maxPending the largest number of waiting events, over all channels
     */
    public Publisher(Vertx vertx, Duration retryFor, int maxPending) {
        if (retryFor.isNegative() || retryFor.isZero() || maxPending < 1) {
            throw new IllegalArgumentException(
                    "retryFor: %s, maxPending: %d (expected: both above 0)".formatted(retryFor, maxPending));
        }
        this.vertx = vertx;
        this.owner = vertx.getOrCreateContext();
        this.retryFor = retryFor;
        this.maxPending = maxPending;
    }

    /**
     * Publishes an event without a name.
     *
     * @param channel the channel
     * @param body a JsonObject, JsonArray, String, Buffer, number, boolean or null
     * @return the receipt. The future fails with a {@link ReplyException} if the bridge refuses the event or does not
     *     retain it in time; the code is an HTTP status. Code 429 means that too many events wait. It fails with an {@link
     *     IllegalArgumentException} if the event bus has no codec for the body
     */
    public Future<Receipt> publish(String channel, @Nullable Object body) {
        return publish(channel, null, body);
    }

    /**
     * Publishes an event.
     *
     * @param channel the channel
     * @param event the name of the event; null: no name
     * @param body as above
     * @return as above
     */
    public Future<Receipt> publish(String channel, @Nullable String event, @Nullable Object body) {
        return send(channel, event, body, options(channel));
    }

    /**
     * Publishes the last event of a channel. Subscribers get it, and their streams end if all their channels have ended.
     * Until the channel's history has expired, a further event fails with code 409.
     *
     * @param channel the channel
     * @param event the name of the event; null: no name
     * @param body as above
     * @return as above
     */
    public Future<Receipt> end(String channel, @Nullable String event, @Nullable Object body) {
        return send(channel, event, body, options(channel).addHeader("end", "true"));
    }

    private static DeliveryOptions options(String channel) {
        return new DeliveryOptions()
                .addHeader("channel", channel)
                .addHeader("key", UUID.randomUUID().toString())
                .setSendTimeout(ATTEMPT.toMillis());
    }

    private Future<Receipt> send(
            String channel, @Nullable String event, @Nullable Object body, DeliveryOptions options) {
        if (event != null) {
            options.addHeader("event", event);
        }
        Promise<Receipt> receipt = Promise.promise();
        long deadlineNanos = System.nanoTime() + retryFor.toNanos();
        owner.runOnContext(onOwner -> add(channel, new PendingRequest(body, options, receipt, deadlineNanos)));
        return receipt.future();
    }

    private void add(String channel, PendingRequest event) {
        if (pending >= maxPending) {
            event.receipt()
                    .fail(new ReplyException(
                            ReplyFailure.RECIPIENT_FAILURE, 429, "%d events wait to be published".formatted(pending)));
            return;
        }
        pending++;
        Deque<PendingRequest> queue = channels.computeIfAbsent(channel, first -> new ArrayDeque<>());
        queue.add(event);
        if (queue.size() == 1) {
            send(channel, event);
        }
    }

    private void send(String channel, PendingRequest event) {
        request(event).map(answer -> Receipt.of(answer.body())).onComplete(answer -> {
            if (answer.failed() && isPassing(answer.cause()) && System.nanoTime() < event.deadlineNanos()) {
                vertx.setTimer(RETRY_MILLIS, later -> send(channel, event));
            } else {
                event.receipt().handle(answer);
                next(channel);
            }
        });
    }

    private Future<Message<JsonObject>> request(PendingRequest event) {
        try {
            return vertx.eventBus().request(ADDRESS, event.body(), event.options());
        } catch (IllegalArgumentException e) {
            // The event bus has no codec for the body.
            return Future.failedFuture(e);
        }
    }

    /**
     * Returns whether another attempt may succeed: no node is there, no answer came, or the node could not retain the
     * event.
     */
    private static boolean isPassing(Throwable failure) {
        return failure instanceof ReplyException reply
                && (reply.failureType() != ReplyFailure.RECIPIENT_FAILURE
                        || reply.failureCode() == 503
                        || reply.failureCode() == 429);
    }

    private void next(String channel) {
        pending--;
        Deque<PendingRequest> queue = channels.get(channel);
        if (queue == null) {
            return;
        }
        queue.remove();
        PendingRequest following = queue.peek();
        if (following == null) {
            channels.remove(channel);
        } else {
            send(channel, following);
        }
    }
}
