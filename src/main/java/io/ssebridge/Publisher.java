package io.ssebridge;

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
 * Publishes events from any Vert.x service in the cluster, so that nothing is lost while nodes of the bridge come and go:
 * an event is sent again under the same key until the bridge says that it is kept. It needs Vert.x only, no node of the
 * bridge in this JVM.
 *
 * <p>The events of one channel keep their order: the next is sent when the one before is answered. How many may wait is
 * bounded; one more is refused at once, and what to do then is for the caller to say. Any thread.
 */
public final class Publisher {
    private static final String ADDRESS = "sse.publish";
    private static final Duration ATTEMPT = Duration.ofSeconds(2);
    private static final long RETRY_MILLIS = 50;

    private final Vertx vertx;
    private final Context owner;
    private final Duration patience;
    private final int maxPending;
    // Owner only.
    private final Map<String, Deque<Pending>> channels = new HashMap<>();
    private int pending;

    /**
     * Says that an event is kept.
     *
     * @param id usable as the last event id of a stream of the channel
     * @param channel the channel
     * @param sequence its place in the channel's history
     */
    public record Receipt(String id, String channel, long sequence) {}

    private record Pending(@Nullable Object body, DeliveryOptions options, Promise<Receipt> receipt, long deadline) {}

    /**
     * A publisher that tries for 30 seconds and lets 1,000 events wait.
     *
     * @param vertx clustered with the bridge
     */
    public Publisher(Vertx vertx) {
        this(vertx, Duration.ofSeconds(30), 1_000);
    }

    /**
     * A publisher with bounds of its own.
     *
     * @param vertx clustered with the bridge
     * @param patience how long an event is tried before it fails
     * @param maxPending how many events may wait, over all channels
     */
    public Publisher(Vertx vertx, Duration patience, int maxPending) {
        if (patience.isNegative() || patience.isZero() || maxPending < 1) {
            throw new IllegalArgumentException(
                    "patience: %s, maxPending: %d (expected: both above 0)".formatted(patience, maxPending));
        }
        this.vertx = vertx;
        this.owner = vertx.getOrCreateContext();
        this.patience = patience;
        this.maxPending = maxPending;
    }

    /**
     * Publishes an event without a name.
     *
     * @param channel the channel
     * @param body what the event bus takes: a JsonObject, JsonArray, String, Buffer, number, boolean or null
     * @return the receipt; failed with a {@link ReplyException} when the bridge refuses the event (its code is an HTTP
     *     status), did not keep it in time, or too many wait (429)
     */
    public Future<Receipt> publish(String channel, @Nullable Object body) {
        return publish(channel, null, body);
    }

    /**
     * Publishes an event.
     *
     * @param channel the channel
     * @param event its name; null: none
     * @param body as above
     * @return as above
     */
    public Future<Receipt> publish(String channel, @Nullable String event, @Nullable Object body) {
        DeliveryOptions options = new DeliveryOptions()
                .addHeader("channel", channel)
                .addHeader("key", UUID.randomUUID().toString())
                .setSendTimeout(ATTEMPT.toMillis());
        if (event != null) {
            options.addHeader("event", event);
        }
        Promise<Receipt> receipt = Promise.promise();
        long deadline = System.nanoTime() + patience.toNanos();
        owner.runOnContext(onOwner -> add(channel, new Pending(body, options, receipt, deadline)));
        return receipt.future();
    }

    private void add(String channel, Pending event) {
        if (pending >= maxPending) {
            event.receipt()
                    .fail(new ReplyException(
                            ReplyFailure.RECIPIENT_FAILURE, 429, "%d events wait to be published".formatted(pending)));
            return;
        }
        pending++;
        Deque<Pending> queue = channels.computeIfAbsent(channel, first -> new ArrayDeque<>());
        queue.add(event);
        if (queue.size() == 1) {
            send(channel, event);
        }
    }

    private void send(String channel, Pending event) {
        vertx.eventBus()
                .<JsonObject>request(ADDRESS, event.body(), event.options())
                .onComplete(answer -> {
                    if (answer.succeeded()) {
                        event.receipt().complete(receipt(answer.result()));
                        next(channel);
                    } else if (isPassing(answer.cause()) && System.nanoTime() < event.deadline()) {
                        vertx.setTimer(RETRY_MILLIS, later -> send(channel, event));
                    } else {
                        event.receipt().fail(answer.cause());
                        next(channel);
                    }
                });
    }

    private static Receipt receipt(Message<JsonObject> answer) {
        JsonObject body = answer.body();
        return new Receipt(body.getString("id"), body.getString("channel"), body.getLong("sequence"));
    }

    /** Whether another attempt may fare better: no node there, no answer, or one that could not keep it. */
    private static boolean isPassing(Throwable failure) {
        return !(failure instanceof ReplyException reply)
                || reply.failureType() != ReplyFailure.RECIPIENT_FAILURE
                || reply.failureCode() == 503
                || reply.failureCode() == 429;
    }

    private void next(String channel) {
        pending--;
        Deque<Pending> queue = channels.get(channel);
        if (queue == null) {
            return;
        }
        queue.remove();
        Pending following = queue.peek();
        if (following == null) {
            channels.remove(channel);
        } else {
            send(channel, following);
        }
    }
}
