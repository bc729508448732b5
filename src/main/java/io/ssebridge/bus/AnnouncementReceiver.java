package io.ssebridge.bus;

import io.ssebridge.hub.Hubs;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.Wire;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import java.util.function.Consumer;

/**
 * Receives the events that leaders announce to this node, and passes them to its hubs. The announcements of other nodes
 * come to an address of this node, which is open for the lifetime of the node.
 *
 * <p><b>Owner:</b> the node's own context. The hubs are on the event loops of the channels.
 */
final class AnnouncementReceiver {
    private final PerLoop<ShardLoop> loops;
    private final FaultyMessages faulty;

    AnnouncementReceiver(PerLoop<ShardLoop> loops, FaultyMessages faulty) {
        this.loops = loops;
        this.faulty = faulty;
    }

    /** Opens the address. The future completes when other nodes can find it. */
    Future<Void> open(BusConsumers consumers, String node) {
        return consumers.open(Wire.announcements(node), this::receive);
    }

    private void receive(Message<Object> message) {
        try {
            Announcement said = Announcement.decode(MessageBody.of(message));
            ShardLoop loop = loops.of(said.channel());
            loop.owner().runDirectly(() -> pass(said, loop.hubs()));
            // Leaders do not ask for an answer.
            NodeAnswers.reply(message, null);
        } catch (RuntimeException e) {
            NodeAnswers.refuse(message, faulty, e);
        }
    }

    /** Returns what passes the announcements of leaders, which may be on this node, to the hubs of their channels. */
    static Consumer<Announcement> to(Hubs hubs) {
        return said -> pass(said, hubs);
    }

    private static void pass(Announcement said, Hubs hubs) {
        hubs.announced(said.channel(), said.from(), said.frames(), said.tail());
    }
}
