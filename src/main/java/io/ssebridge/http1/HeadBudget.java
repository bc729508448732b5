package io.ssebridge.http1;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Bounds the memory of unfinished requests on one event loop: their heads, and the bytes that wait for decoding. Beyond the
 * bound, connections are closed: first those that hold most, and of similar ones the one that has waited longest.
 *
 * <p>Connections that hold less than 16 KiB count as similar. Otherwise a client with many small heads could have the head of
 * an honest client closed, which is a little larger, and arrives in a moment.
 *
 * <p><b>Owner:</b> one event loop.
 */
public final class HeadBudget {
    private static final int SHARE_OF_HEAP = 16;
    private static final long LEAST_BYTES = 1 << 20;
    /** Connections that hold less than this count as similar. */
    static final long SMALL_BYTES = 16 << 10;
    // The largest class begins at 256 KiB, which no head reaches.
    private static final int SIZE_CLASSES = 6;

    private final long maxBytes;
    // By size: below 16 KiB, below 32 KiB, and so on; in each the one that has waited longest is first.
    private final List<Set<Share>> sizes = new ArrayList<>();
    private long bytes;

    /**
     * Creates an empty budget.
     *
     * @param maxBytes the bound, in bytes
     */
    public HeadBudget(long maxBytes) {
        this.maxBytes = maxBytes;
        for (int i = 0; i < SIZE_CLASSES; i++) {
            sizes.add(new LinkedHashSet<>());
        }
    }

    /** Creates the budget of one event loop: its share of a sixteenth of the heap. */
    public static HeadBudget ofHeap() {
        Runtime machine = Runtime.getRuntime();
        return new HeadBudget(
                Math.max(LEAST_BYTES, machine.maxMemory() / SHARE_OF_HEAP / machine.availableProcessors()));
    }

    /**
     * Creates the share of a connection, which holds nothing yet.
     *
     * @param close closes the connection
     */
    public Share share(Runnable close) {
        return new Share(close);
    }

    /** Returns the bytes that all connections hold. */
    public long bytes() {
        return bytes;
    }

    private static int sizeClass(long bytes) {
        int doublings = Long.SIZE - Long.numberOfLeadingZeros(bytes / SMALL_BYTES);
        return Math.min(doublings, SIZE_CLASSES - 1);
    }

    private void closeBeyondBound() {
        for (int i = SIZE_CLASSES - 1; i >= 0; i--) {
            while (bytes > maxBytes && !sizes.get(i).isEmpty()) {
                sizes.get(i).iterator().next().close();
            }
        }
    }

    /** The bytes that one connection holds. */
    public final class Share {
        private final Runnable close;
        private long heldBytes;
        private boolean closed;

        private Share(Runnable close) {
            this.close = close;
        }

        /**
         * Notes what the connection holds now. To keep the bound, connections may be closed, this one too.
         *
         * @param nowBytes in bytes; 0 if no request is unfinished
         */
        public void hold(long nowBytes) {
            if (closed || nowBytes == heldBytes) {
                return;
            }
            if (nowBytes == 0) {
                sizes.get(sizeClass(heldBytes)).remove(this);
            } else if (heldBytes == 0 || sizeClass(heldBytes) != sizeClass(nowBytes)) {
                sizes.get(sizeClass(heldBytes)).remove(this);
                sizes.get(sizeClass(nowBytes)).add(this);
            }
            bytes += nowBytes - heldBytes;
            heldBytes = nowBytes;
            closeBeyondBound();
        }

        private void close() {
            hold(0);
            closed = true;
            close.run();
        }
    }
}
