package io.ssebridge.request;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Bounds the memory of the bodies of publish requests on one event loop. A body counts from its first byte until its
 * request is answered. Beyond the bound, the body that has been arriving for the longest time is refused: slow clients
 * make room for fast ones.
 *
 * <p><b>Owner:</b> one event loop.
 */
public final class BodyBudget {
    private static final long MOST = 64 << 20;
    private static final int SHARE_OF_HEAP = 8;

    private final long maxBytes;
    private final Set<Share> coming = new LinkedHashSet<>();
    private long bytes;

    /**
     * Creates an empty budget.
     *
     * @param maxBytes the bound, in bytes
     */
    BodyBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * Creates the budget of one event loop: its share of the part of the heap that bodies may take.
     *
     * @param atLeast the smallest budget, in bytes
     */
    public static BodyBudget ofHeap(long atLeast) {
        long all = Math.min(MOST, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
        return new BodyBudget(Math.max(atLeast, all / Runtime.getRuntime().availableProcessors()));
    }

    /**
     * Starts counting a body.
     *
     * @param refuse refuses the body; only called before the body is complete
     */
    public Share share(Runnable refuse) {
        Share share = new Share(refuse);
        coming.add(share);
        return share;
    }

    /** Returns the bytes that all bodies hold. */
    long bytes() {
        return bytes;
    }

    /** The bytes that one body holds. */
    public final class Share {
        private final Runnable refuse;
        private long held;
        private boolean over;

        private Share(Runnable refuse) {
            this.refuse = refuse;
        }

        /** Counts more bytes. To keep the bound, bodies that are still arriving may be refused, this one too. */
        public void take(int more) {
            if (over) {
                return;
            }
            held += more;
            bytes += more;
            Iterator<Share> oldest = coming.iterator();
            while (bytes > maxBytes && oldest.hasNext()) {
                Share first = oldest.next();
                oldest.remove();
                first.giveBack();
                first.refuse.run();
            }
        }

        /** Notes that the body is complete: from now on it is not refused. */
        void complete() {
            coming.remove(this);
        }

        /** Releases the bytes, when the request is answered or its body is not needed any more. */
        public void giveBack() {
            coming.remove(this);
            if (!over) {
                over = true;
                bytes -= held;
            }
        }
    }
}
