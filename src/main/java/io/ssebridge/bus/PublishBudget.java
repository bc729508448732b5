package io.ssebridge.bus;

import io.ssebridge.event.Event;

/**
 * What the events on their way may take of the node's memory, all channels together. An event that finds no room is refused
 * before anything is done for it.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class PublishBudget {
    // What an event costs besides its text while it is on its way: futures, handlers, entries of maps.
    private static final int EVENT_BYTES = 1_024;
    private static final long MOST = 64 << 20;
    private static final int SHARE_OF_HEAP = 8;

    private final long maxBytes;
    private long bytes;

    /**
     * Nothing is on its way.
     *
     * @param maxBytes how much may be
     */
    PublishBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** As much as fits into this JVM. */
    static PublishBudget ofHeap() {
        return new PublishBudget(Math.min(MOST, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP));
    }

    /** What an event takes at most. */
    static long bytes(Event event) {
        return EVENT_BYTES + (long) Character.BYTES * event.data().length();
    }

    /**
     * Takes room, if there is enough; what comes alone always finds it.
     *
     * @return whether it is taken, and to be given back
     */
    boolean take(long more) {
        boolean room = hasRoom(more);
        if (room) {
            add(more);
        }
        return room;
    }

    /** Takes room that there is. */
    void add(long more) {
        bytes += more;
    }

    /** Whether there is enough room. */
    boolean hasRoom(long more) {
        return bytes == 0 || bytes + more <= maxBytes;
    }

    /** Gives room back. */
    void giveBack(long less) {
        bytes -= less;
    }

    /** How much is on its way. */
    long bytes() {
        return bytes;
    }
}
