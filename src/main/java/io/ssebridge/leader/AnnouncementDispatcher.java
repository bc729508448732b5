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
 * Hands announcements to this node, if it is attached, and has them sent to the other attached nodes.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class AnnouncementDispatcher {
    private final LoopThread owner;
    private final Vertx vertx;
    private final Nodes nodes;
    private final Consumer<Announcement> here;
    private final AnnouncementSender sender;

    /**
     * Creates a dispatcher.
     *
     * @param unsentBytes as in {@link AnnouncementSender}
     * @param here receives announcements for this node
     */
    AnnouncementDispatcher(
            LoopThread owner, Vertx vertx, Nodes nodes, UnsentBytes unsentBytes, Consumer<Announcement> here) {
        this.owner = owner;
        this.vertx = vertx;
        this.nodes = nodes;
        this.here = here;
        this.sender = new AnnouncementSender(
                nodes.self(),
                unsentBytes,
                (node, bytes) -> vertx.eventBus()
                        .<Buffer>sender(Wire.announcements(node))
                        .write(bytes));
    }

    /** Sends an announcement to some nodes. */
    void send(Set<String> attached, Announcement announcement) {
        owner.assertHere();
        if (attached.isEmpty()) {
            return;
        }
        if (attached.contains(nodes.self())) {
            vertx.runOnContext(later -> here.accept(announcement));
            if (attached.size() == 1) {
                return;
            }
        }
        sender.send(attached, announcement);
    }

    /** Forgets the nodes that have left the cluster. */
    void retain(Set<String> present) {
        owner.assertHere();
        sender.retain(present);
    }
}
