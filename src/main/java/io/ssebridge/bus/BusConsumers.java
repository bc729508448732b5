package io.ssebridge.bus;

import io.ssebridge.hub.Owner;
import io.ssebridge.loop.LoopContexts;
import io.ssebridge.membership.Nodes;
import io.vertx.core.Context;
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
 * The bus addresses that this node consumes. Each has one consumer: two would receive every published message twice, and each
 * only a part of the others, also if they are on different event loops.
 *
 * <p>Senders remember the consumers of an address. Vert.x drops a message for a consumer that is gone, and the request
 * runs into its time-out. So a consumer is removed in two steps: first the cluster forgets it; then, when no message has
 * come for {@link #LATE}, it is unregistered. In between it refuses each message at once.
 *
 * <p><b>Owner:</b> the node's own context. The messages come on the event loop for which an address was opened.
 */
final class BusConsumers {
    // Senders hear of a change after some tens of milliseconds, on a busy machine after some hundreds.
    private static final Duration LATE = Duration.ofSeconds(2);

    private final Owner owner;
    private final Vertx vertx;
    private final Nodes nodes;
    private final Context context;
    private final Map<String, Wanted> wanted = new HashMap<>();
    private final Map<String, Consumer> consumers = new HashMap<>();
    private final Map<String, Future<Void>> closing = new HashMap<>();
    // Consumers that the cluster has forgotten, until all senders have heard of it.
    private final Map<String, Late> late = new HashMap<>();

    /**
     * An address that this node should consume.
     *
     * @param taker what it is for
     * @param loop handles its messages
     */
    private record Wanted(Object taker, Context loop, Handler<Message<Object>> handler) {}

    private record Consumer(Context loop, MessageConsumer<Object> messages) {}

    /** A consumer that refuses all messages. */
    private static final class Late {
        private final MessageConsumer<Object> consumer;
        private final Promise<Void> gone = Promise.promise();
        // Set on the event loop of the messages.
        private volatile boolean used;

        private Late(MessageConsumer<Object> consumer) {
            this.consumer = consumer;
        }
    }

    /**
     * Creates the consumers of a node, which consumes nothing yet.
     *
     * @param context the node's own context
     */
    BusConsumers(Context context, Vertx vertx, Nodes nodes) {
        this.owner = new Owner(context);
        this.context = context;
        this.vertx = vertx;
        this.nodes = nodes;
    }

    Owner owner() {
        return owner;
    }

    /**
     * Starts to consume an address of the bridge itself on the node's own context, after an earlier consumer is closed.
     *
     * @return completes when the whole cluster can know the consumer
     */
    Future<Void> open(String address, Handler<Message<Object>> handler) {
        return take(address, new Wanted(this, context, handler));
    }

    /**
     * Starts to consume an address on an event loop, as {@link LoopConsumers#open}.
     *
     * @param taker as there
     * @param loop handles the messages
     */
    Future<Void> open(String address, Object taker, Context loop, Handler<Message<Object>> handler) {
        return take(address, new Wanted(taker, loop, handler));
    }

    private Future<Void> take(String address, Wanted taken) {
        owner.assertHere();
        wanted.put(address, taken);
        return register(address, taken);
    }

    /**
     * Stops consuming an address of the bridge itself.
     *
     * @return when the cluster knows of no consumer here, so that another node may have one
     */
    Future<Void> close(String address) {
        return close(address, this);
    }

    /** Stops consuming an address, unless another taker has it by now; as {@link LoopConsumers#close}. */
    Future<Void> close(String address, Object taker) {
        owner.assertHere();
        Wanted now = wanted.get(address);
        if (now != null && !now.taker().equals(taker)) {
            return Future.succeededFuture();
        }
        wanted.remove(address);
        return unregister(address);
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
                .filter(entry -> entry.getValue().messages().completion().succeeded())
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().messages()));
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
        Consumer known = consumers.get(address);
        return known != null && known.messages() == consumer;
    }

    /**
     * Registers a consumed address again. This notifies members that do not know this consumer, or believe that another
     * node consumes the address. Until it is done, messages of other nodes to the address find no consumer.
     */
    Future<Void> renew(String address) {
        owner.assertHere();
        Wanted again = wanted.get(address);
        return again == null
                ? Future.succeededFuture()
                : unregister(address).transform(gone -> register(address, again));
    }

    private Future<Void> register(String address, Wanted taken) {
        return closing.getOrDefault(address, Future.succeededFuture()).transform(gone -> {
            if (!taken.equals(wanted.get(address))) {
                // The address was closed, or opened with another handler, during the wait.
                return Future.succeededFuture();
            }
            Consumer known = consumers.get(address);
            if (known != null && known.loop() != taken.loop()) {
                return unregister(address).transform(left -> register(address, taken));
            }
            Consumer consumer = consumers.computeIfAbsent(address, first -> create(address, taken.loop()));
            consumer.messages().handler(taken.handler());
            Late before = late.get(address);
            if (before != null) {
                // The old consumer goes last: the threads of connections deliver messages at any moment, and drop those
                // without a consumer. It only refuses, so no message is taken twice.
                forget(address, before);
            }
            return here(consumer.messages().completion()).onFailure(unregistered -> forget(address, consumer));
        });
    }

    /**
     * Creates a consumer that also refuses the messages that Vert.x discards: those that are on their way from the thread of
     * a connection to the event loop when the consumer is unregistered. Vert.x itself would answer them with a failure of
     * the type {@code TIMEOUT}, although no time has passed. Its answer still goes out, but the sender takes the first one.
     */
    private Consumer create(String address, Context loop) {
        MessageConsumer<Object> messages =
                LoopContexts.within(loop, () -> vertx.eventBus().<Object>consumer(address));
        if (messages instanceof MessageConsumerImpl<Object> known) {
            known.discardHandler(BusConsumers::refuse);
        }
        return new Consumer(loop, messages);
    }

    /** Brings the outcome of a consumer's future, which may complete on the consumer's event loop, to this one. */
    private Future<Void> here(Future<Void> done) {
        Promise<Void> answer = Promise.promise();
        done.onComplete(outcome -> owner.runDirectly(() -> answer.handle(outcome)));
        return answer.future();
    }

    /**
     * Removes a consumer with a failed registration. It never retries, so the next open of the address needs a new one.
     */
    private void forget(String address, Consumer consumer) {
        if (consumers.remove(address, consumer)) {
            consumer.messages().unregister();
        }
    }

    private Future<Void> unregister(String address) {
        Consumer consumer = consumers.remove(address);
        if (consumer == null) {
            return closing.getOrDefault(address, Future.succeededFuture());
        }
        MessageConsumer<Object> messages = consumer.messages();
        Future<Void> gone = vertx.isClustered() ? unregister(address, messages) : here(messages.unregister());
        closing.put(address, gone);
        return gone.onComplete(done -> closing.remove(address, gone));
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
                .recover(failure -> here(consumer.unregister()));
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
            here(leaving.consumer.unregister()).onComplete(leaving.gone);
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
