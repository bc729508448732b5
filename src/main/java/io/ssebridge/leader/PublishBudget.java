package io.ssebridge.leader;

import io.ssebridge.event.Event;
import io.ssebridge.event.Selector;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Limits the memory of the events in flight, all channels together. An event that finds no room is refused before any
 * work is done for it.
 *
 * <p>Any thread: the count is atomic.
 */
public final class PublishBudget {
    // The memory of an event in flight besides its text: futures, handlers, entries of maps.
    private static final int EVENT_BYTES = 1_024;
    private static final long MOST = 64 << 20;
    private static final int SHARE_OF_HEAP = 8;

    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();

    /**
     * Creates an unused budget.
     *
     * @param maxBytes the largest total of bytes
     */
    PublishBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** Creates a budget that suits the heap of this JVM. */
    public static PublishBudget ofHeap() {
        return new PublishBudget(Math.min(MOST, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP));
    }

    /** Returns the largest number of bytes that an event may take. */
    public static long bytes(Event event) {
        Selector selector = event.selector();
        int selectorBytes = selector == null ? 0 : selector.bytes();
        int fromLength = event.from() == null ? 0 : event.from().length();
        return EVENT_BYTES + (long) Character.BYTES * (event.data().length() + selectorBytes + fromLength);
    }

    /**
     * Takes room, if there is enough. If nothing is in flight, any amount fits.
     *
     * @return whether the room is taken and must be given back later
     */
    public boolean take(long more) {
        long before;
        do {
            before = bytes.get();
            if (!isRoom(before, more)) {
                return false;
            }
        } while (!bytes.compareAndSet(before, before + more));
        return true;
    }

    /** Takes room without a check. */
    public void add(long more) {
        bytes.addAndGet(more);
    }

    /** Returns whether there is enough room. */
    public boolean hasRoom(long more) {
        return isRoom(bytes.get(), more);
    }

    private boolean isRoom(long used, long more) {
        return used == 0 || used + more <= maxBytes;
    }

    /** Gives room back. */
    public void giveBack(long less) {
        bytes.addAndGet(-less);
    }

    /** Returns the number of bytes in flight. */
    public long bytes() {
        return bytes.get();
    }
}
