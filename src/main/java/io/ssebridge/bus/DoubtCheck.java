package io.ssebridge.bus;

import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.SplitBrainGuard;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import java.util.List;

/**
 * Asks the other nodes whether they know this node, while this node is in doubt. When enough of them confirm it,
 * everything that they may have replaced meanwhile is checked. All event loops know that before the doubt ends, so that
 * none of them appends to a history that has been replaced.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class DoubtCheck {
    private final Nodes nodes;
    private final SplitBrainGuard guard;
    private final NodePing ping;
    private final NodeUpkeep upkeep;
    private boolean asking;

    DoubtCheck(Nodes nodes, SplitBrainGuard guard, NodePing ping, NodeUpkeep upkeep) {
        this.nodes = nodes;
        this.guard = guard;
        this.ping = ping;
        this.upkeep = upkeep;
    }

    /** Asks other nodes if this one is in doubt; called every {@link SplitBrainGuard#TICK}. */
    void tick() {
        if (guard.isInDoubt() && !asking) {
            ask();
        }
    }

    private void ask() {
        asking = true;
        List<Future<Message<Object>>> asked = nodes.ready().stream()
                .filter(node -> !node.equals(nodes.self()))
                .map(ping::askShortly)
                .toList();
        Future.join(asked).onComplete(answered -> confirm(asked));
    }

    private void confirm(List<Future<Message<Object>>> asked) {
        int confirming = (int) asked.stream().filter(Future::succeeded).count();
        if (!guard.mayEnd(confirming)) {
            asking = false;
            return;
        }
        upkeep.doubtHistories().onComplete(doubted -> {
            asking = false;
            if (guard.confirmedBy(confirming)) {
                upkeep.checkEntries();
            }
        });
    }
}
