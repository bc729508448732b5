package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Numbered;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Tells the nodes that listen to a channel what its history has acknowledged, and repeats how far that goes for a while:
 * the last announcement of a burst may be lost without a trace.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Announcer {
    private static final long[] REPEAT_MILLIS = {250, 1_000, 4_000};

    private final ChannelName name;
    private final BiConsumer<Set<String>, Announcement> send;
    private final Set<String> listeners = new HashSet<>(2);
    private long lastEvents;
    private int repeats = REPEAT_MILLIS.length;

    Announcer(ChannelName name, BiConsumer<Set<String>, Announcement> send) {
        this.name = name;
        this.send = send;
    }

    /** The nodes that have subscribers. */
    Set<String> listeners() {
        return listeners;
    }

    /** Announces events, the first of them right behind what was announced before. */
    void say(Cursor from, List<Numbered> events, Cursor tail, long now) {
        send.accept(listeners, new Announcement(name, from, events, tail));
        repeatFrom(now);
    }

    /** Announces a tail and not what is before it: the nodes look for themselves. */
    void sayMoved(Cursor tail, long now) {
        sayTail(tail);
        repeatFrom(now);
    }

    /** Says how far the history goes. */
    void sayTail(Cursor tail) {
        send.accept(listeners, new Announcement(name, tail, List.of(), tail));
    }

    /** Says it once more, if it is time. */
    void repeat(Cursor tail, long now) {
        if (repeats < REPEAT_MILLIS.length && now - lastEvents >= REPEAT_MILLIS[repeats]) {
            repeats++;
            sayTail(tail);
        }
    }

    private void repeatFrom(long now) {
        lastEvents = now;
        repeats = 0;
    }
}
