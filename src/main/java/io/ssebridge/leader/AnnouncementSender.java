package io.ssebridge.leader;

import io.ssebridge.loop.LoopThread;
import io.ssebridge.membership.Nodes;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.Wire;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Sends announcements to the nodes that listen. This node gets them without a message.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class AnnouncementSender {
    private final LoopThread owner;
    private final Vertx vertx;
    private final Nodes nodes;
    private final Consumer<Announcement> here;

    /**
     * Creates a sender.
     *
     * @param here receives announcements for this node
     */
    AnnouncementSender(LoopThread owner, Vertx vertx, Nodes nodes, Consumer<Announcement> here) {
        this.owner = owner;
        this.vertx = vertx;
        this.nodes = nodes;
        this.here = here;
    }

    /** Sends an announcement to some nodes. */
    void send(Set<String> listeners, Announcement announcement) {
        owner.assertHere();
        if (listeners.isEmpty()) {
            return;
        }
        if (listeners.contains(nodes.self())) {
            vertx.runOnContext(later -> here.accept(announcement));
            if (listeners.size() == 1) {
                return;
            }
        }
        Buffer bytes = announcement.encode();
        for (String node : listeners) {
            if (!node.equals(nodes.self())) {
                vertx.eventBus().send(Wire.announcements(node), bytes);
            }
        }
    }
}
