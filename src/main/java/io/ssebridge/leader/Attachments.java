package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.leader.LedChannels.Need;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.Set;

/**
 * Attaches nodes to the channels that this node leads, and detaches them. A channel is announced to the attached nodes.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class Attachments {
    private final LoopThread owner;
    private final LedChannels channels;
    private final LeaderRoom room;
    private final NodeClock clock;

    Attachments(LoopThread owner, LedChannels channels, LeaderRoom room, NodeClock clock) {
        this.owner = owner;
        this.channels = channels;
        this.room = room;
        this.clock = clock;
    }

    /**
     * Announces a channel to a node from now on.
     *
     * @return the newest frame of the channel
     */
    Future<Cursor> attach(ChannelName name, String node, Need need) {
        owner.assertHere();
        return channels.opened(name, need).compose(channel -> {
            channel.used(clock.elapsedMillis());
            channel.attached().add(node);
            attachedChanged(name);
            return channel.certainTail();
        });
    }

    /**
     * Stops announcing a channel to a node. It waits for the opening of the channel as {@link #attach} does, and so it
     * comes after all earlier calls of that.
     */
    void detach(ChannelName name, String node) {
        owner.assertHere();
        Future<Void> gone = channels.closing(name);
        if (gone != null) {
            gone.onComplete(done -> detach(name, node));
            return;
        }
        OpenChannel entry = channels.find(name);
        if (entry != null) {
            entry.open().onSuccess(opened -> detach(entry, node));
        }
    }

    private void detach(OpenChannel entry, String node) {
        if (entry.channel().attached().remove(node)) {
            entry.channel().used(clock.elapsedMillis());
            attachedChanged(entry.name());
        }
    }

    /** Detaches all nodes that are not present. */
    void retain(Set<String> present) {
        owner.assertHere();
        long nowMillis = clock.elapsedMillis();
        for (OpenChannel entry : channels.all()) {
            if (entry.channel().attached().retainAll(present)) {
                entry.channel().used(nowMillis);
                room.attachedChanged(entry);
            }
        }
    }

    // The entry may have been replaced since the node was attached.
    private void attachedChanged(ChannelName name) {
        OpenChannel entry = channels.find(name);
        if (entry != null) {
            room.attachedChanged(entry);
        }
    }
}
