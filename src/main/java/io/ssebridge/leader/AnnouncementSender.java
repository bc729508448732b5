package io.ssebridge.leader;

import io.ssebridge.wire.Announcement;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;

/**
 * Sends announcements to other nodes. A frozen node reads nothing until the cluster removes it, after some seconds. Until
 * then the event bus keeps all messages for it. So the bytes for each node are bounded. If bytes wait for a node, and an
 * announcement would exceed the bound, the node gets only the tail, and reads the events from the history. Beyond twice
 * the bound, it gets nothing. It attaches its channels again every few seconds, and gets their tails then.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class AnnouncementSender {
    /** The bytes that may wait for a node, on all event loops together. */
    static final long MAX_UNSENT_BYTES = 4 << 20;

    // The memory of a message in addition to its body: its headers, and the objects that wait with it.
    private static final int MESSAGE_BYTES = 500;

    private final String self;
    private final BiFunction<String, Buffer, Future<Void>> write;
    private final UnsentBytes unsentBytes;

    /**
     * Creates a sender that has sent nothing.
     *
     * @param self this node, which gets nothing
     * @param unsentBytes counts the bytes of all event loops of this node. Each of them may exceed the bound by one announcement
     * @param write sends bytes to a node; completes on the owner when the connection has taken them, or has failed
     */
    AnnouncementSender(String self, UnsentBytes unsentBytes, BiFunction<String, Buffer, Future<Void>> write) {
        this.self = self;
        this.unsentBytes = unsentBytes;
        this.write = write;
    }

    /** Sends an announcement to the other nodes among some nodes. */
    void send(Set<String> to, Announcement announcement) {
        Buffer whole = announcement.encode();
        for (String node : to) {
            if (!node.equals(self)) {
                send(node, announcement, whole);
            }
        }
    }

    private void send(String node, Announcement announcement, Buffer whole) {
        AtomicLong unsent = unsentBytes.of(node);
        long count = unsent.get();
        // A large batch may be beyond the bound by itself. A node that has taken everything gets it.
        if (count == 0 || count + whole.length() <= MAX_UNSENT_BYTES) {
            send(node, unsent, whole);
        } else if (count <= 2 * MAX_UNSENT_BYTES) {
            send(node, unsent, tailOf(announcement).encode());
        }
    }

    private static Announcement tailOf(Announcement announcement) {
        return new Announcement(announcement.channel(), announcement.tail(), List.of(), announcement.tail());
    }

    private void send(String node, AtomicLong unsent, Buffer bytes) {
        int size = MESSAGE_BYTES + bytes.length();
        unsent.addAndGet(size);
        write.apply(node, bytes).onComplete(taken -> unsent.addAndGet(-size));
    }

    /** Forgets the nodes that have left the cluster. */
    void retain(Set<String> present) {
        unsentBytes.retain(present);
    }
}
