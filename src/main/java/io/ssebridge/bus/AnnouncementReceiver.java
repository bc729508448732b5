package io.ssebridge.bus;

import io.ssebridge.hub.Hubs;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.Wire;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;

/**
 * Receives the events that leaders announce to this node, and passes them to its hubs. The announcements of other nodes
 * come to an address of this node, which is open for the lifetime of the node.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class AnnouncementReceiver {
    private final Hubs hubs;
    private final FaultyMessages faulty;

    AnnouncementReceiver(Hubs hubs, FaultyMessages faulty) {
        this.hubs = hubs;
        this.faulty = faulty;
    }

    /** Opens the address. The future completes when other nodes can find it. */
    Future<Void> open(BusConsumers consumers, String node) {
        return consumers.open(Wire.announcements(node), this::receive);
    }

    private void receive(Message<Object> message) {
        try {
            receive(Announcement.decode(message.body()));
        } catch (RuntimeException e) {
            faulty.refused(message, e);
        }
    }

    /** Receives the announcement of a leader, which may be on this node. */
    void receive(Announcement said) {
        hubs.announced(said.channel(), said.from(), said.frames(), said.tail());
    }
}
