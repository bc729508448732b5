package io.ssebridge.bus;

import io.ssebridge.hub.Owner;
import io.ssebridge.membership.Nodes;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The requests about open streams that the nodes of the bridge send to each other. Any thread. */
public final class NodeRequests {
    private final Vertx vertx;
    private final Nodes nodes;
    private final Owner owner;
    // Until the handler is set, the node has no streams.
    private volatile Function<JsonObject, Future<JsonObject>> handler =
            request -> Future.succeededFuture(new JsonObject());

    private volatile Function<@Nullable Object, Future<JsonObject>> disconnectHandler =
            request -> Future.failedFuture(Refusals.of(Refusals.UNAVAILABLE, "the node is starting"));

    NodeRequests(Vertx vertx, Nodes nodes, Owner owner) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.owner = owner;
    }

    /**
     * Runs a step on the node's own context, and brings the result back to the context of the caller.
     *
     * @param step what to run
     * @param <T> the type of the result
     */
    public <T> Future<T> call(Supplier<Future<T>> step) {
        return owner.call(step);
    }

    /** Returns the id of this node. */
    public String self() {
        return nodes.self();
    }

    /** Returns the other nodes that may have streams. A node that stops has streams until it has drained them. */
    public Set<String> others() {
        Set<String> present = nodes.present();
        return Stream.concat(nodes.ready().stream(), nodes.withdrawn().stream().filter(present::contains))
                .filter(node -> !node.equals(nodes.self()))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Sends a request to another node.
     *
     * @param node the node
     * @param request the request
     * @return the answer, on the context of the caller; fails with {@link Refusals#UNAVAILABLE} if the node does not
     *     answer in time
     */
    public Future<JsonObject> ask(String node, JsonObject request) {
        return vertx.eventBus()
                .<JsonObject>request(Wire.node(node), request, Wire.options(Operation.STREAMS, nodes.self(), 0))
                .map(Message::body)
                .recover(failure -> Future.failedFuture(
                        Refusals.of(Refusals.UNAVAILABLE, "a node of the cluster did not answer in time")));
    }

    /**
     * Sets the handler of the requests of other nodes.
     *
     * @param answer answers a request; called on the node's own context
     */
    public void onRequest(Function<JsonObject, Future<JsonObject>> answer) {
        handler = answer;
    }

    /**
     * Sets the handler of the requests of other services to disconnect subscribers.
     *
     * @param answer answers the body of a request; called on the node's own context
     */
    public void onDisconnect(Function<@Nullable Object, Future<JsonObject>> answer) {
        disconnectHandler = answer;
    }

    /** Answers a request of another service to disconnect subscribers. */
    Future<JsonObject> disconnect(@Nullable Object request) {
        return disconnectHandler.apply(request);
    }

    /**
     * Answers a request of another node.
     *
     * @throws IllegalArgumentException if it is not a JSON object
     */
    Future<JsonObject> answer(Message<Object> message) {
        if (MessageBody.of(message) instanceof JsonObject request) {
            return handler.apply(request);
        }
        throw new IllegalArgumentException("body: expected a JsonObject");
    }
}
