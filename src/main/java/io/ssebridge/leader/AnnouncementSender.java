package io.ssebridge.leader;

import io.ssebridge.wire.Announcement;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private final long maxUnsentBytes;
    private final BiFunction<String, Buffer, Future<Void>> write;
    private final Map<String, UnsentBytes> nodes = new HashMap<>();

    /** The bytes that the connection to a node has not taken. */
    private static final class UnsentBytes {
        private long count;
    }

    /**
     * Creates a sender that has sent nothing.
     *
     * @param self this node, which gets nothing
     * @param maxUnsentBytes the bytes that may wait for a node
     * @param write sends bytes to a node; completes on the owner when the connection has taken them, or has failed
     */
    AnnouncementSender(String self, long maxUnsentBytes, BiFunction<String, Buffer, Future<Void>> write) {
        this.self = self;
        this.maxUnsentBytes = maxUnsentBytes;
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
        UnsentBytes unsent = nodes.computeIfAbsent(node, first -> new UnsentBytes());
        // A large batch may be beyond the bound by itself. A node that has taken everything gets it.
        if (unsent.count == 0 || unsent.count + whole.length() <= maxUnsentBytes) {
            send(node, unsent, whole);
        } else if (unsent.count <= 2 * maxUnsentBytes) {
            send(node, unsent, tailOf(announcement).encode());
        }
    }

    private static Announcement tailOf(Announcement announcement) {
        return new Announcement(announcement.channel(), announcement.tail(), List.of(), announcement.tail());
    }

    private void send(String node, UnsentBytes unsent, Buffer bytes) {
        int size = MESSAGE_BYTES + bytes.length();
        unsent.count += size;
        write.apply(node, bytes).onComplete(taken -> unsent.count -= size);
    }

    /** Forgets the nodes that have left the cluster. */
    void retain(Set<String> present) {
        nodes.keySet().retainAll(present);
    }
}
