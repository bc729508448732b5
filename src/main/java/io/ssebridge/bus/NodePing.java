package io.ssebridge.bus;

import io.ssebridge.membership.Nodes;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.time.Duration;

/**
 * Asks other nodes whether they can reach this node. A node that has removed this node from its view
 * cannot reach it.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class NodePing {
    // Short: while a node starts, messages to it are lost, and a longer wait would only delay the start.
    private static final Duration SHORT = Duration.ofMillis(300);
    // Longer than the time-out of the question that the asked node sends back to this node.
    private static final Duration LONG = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final Nodes nodes;

    NodePing(Vertx vertx, Nodes nodes) {
        this.vertx = vertx;
        this.nodes = nodes;
    }

    /** Asks a node, and gives up early. The node may be starting. */
    Future<Message<Object>> askShortly(String node) {
        return ask(node, SHORT);
    }

    /** Asks a node, and waits until the node knows the result for sure. */
    Future<Message<Object>> ask(String node) {
        return ask(node, LONG);
    }

    private Future<Message<Object>> ask(String node, Duration timeout) {
        return vertx.eventBus()
                .request(
                        Wire.node(node),
                        null,
                        Wire.options(Operation.PING, nodes.self(), 0).setSendTimeout(timeout.toMillis()));
    }
}
