package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.wire.Announcement;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Announces acknowledged events of a channel to the attached nodes. It repeats the tail of the history for a while,
 * because the last announcement of a burst may be lost unnoticed.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class Announcer {
    private static final long[] REPEAT_MILLIS = {250, 1_000, 4_000};

    private final LoopThread owner;
    private final ChannelName name;
    private final BiConsumer<Set<String>, Announcement> send;
    private final Set<String> attached = new HashSet<>(2);
    private long lastEventsMillis;
    private int repeats = REPEAT_MILLIS.length;

    Announcer(LoopThread owner, ChannelName name, BiConsumer<Set<String>, Announcement> send) {
        this.owner = owner;
        this.name = name;
        this.send = send;
    }

    /** Returns the nodes that have subscribers on the channel. */
    Set<String> attached() {
        owner.assertHere();
        return attached;
    }

    /** Announces events. The first of them directly follows the frames that were announced before. */
    void announce(Cursor from, List<NumberedFrame> events, Cursor tail, long nowMillis) {
        owner.assertHere();
        send.accept(attached, new Announcement(name, from, events, tail));
        repeatFrom(nowMillis);
    }

    /** Announces a tail without the events before it. The nodes read the history themselves. */
    void announceMoved(Cursor tail, long nowMillis) {
        owner.assertHere();
        announceTail(tail);
        repeatFrom(nowMillis);
    }

    /** Announces the tail of the history. */
    void announceTail(Cursor tail) {
        owner.assertHere();
        send.accept(attached, new Announcement(name, tail, List.of(), tail));
    }

    /** Repeats the tail if a repetition is due. */
    void repeat(Cursor tail, long nowMillis) {
        owner.assertHere();
        if (repeats < REPEAT_MILLIS.length && nowMillis - lastEventsMillis >= REPEAT_MILLIS[repeats]) {
            repeats++;
            announceTail(tail);
        }
    }

    private void repeatFrom(long nowMillis) {
        lastEventsMillis = nowMillis;
        repeats = 0;
    }
}
