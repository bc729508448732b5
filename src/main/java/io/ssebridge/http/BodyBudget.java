package io.ssebridge.http;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What the bodies of publish requests may hold on one event loop, from their first byte until they are answered. Beyond it
 * the body that has been coming for longest is refused: a client that takes its time makes room for one that does not.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class BodyBudget {
    private static final long MOST = 64 << 20;
    private static final int SHARE_OF_HEAP = 8;

    private final long maxBytes;
    private final Set<Share> coming = new LinkedHashSet<>();
    private long bytes;

    /**
     * Nothing is held.
     *
     * @param maxBytes how much may be
     */
    BodyBudget(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * As much as fits into this JVM, shared by its event loops.
     *
     * @param atLeast room for so much in any case
     */
    static BodyBudget ofHeap(long atLeast) {
        long all = Math.min(MOST, Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
        return new BodyBudget(Math.max(atLeast, all / Runtime.getRuntime().availableProcessors()));
    }

    /**
     * Begins to count a body.
     *
     * @param refuse refuses it, while it is coming
     */
    Share share(Runnable refuse) {
        Share share = new Share(refuse);
        coming.add(share);
        return share;
    }

    /** How much is held. */
    long bytes() {
        return bytes;
    }

    /** What one body holds. */
    final class Share {
        private final Runnable refuse;
        private long held;
        private boolean over;

        private Share(Runnable refuse) {
            this.refuse = refuse;
        }

        /** Holds more; the body may be refused for it. */
        void take(int more) {
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

        /** The body is complete, and will not be refused any more. */
        void complete() {
            coming.remove(this);
        }

        /** The request is answered, or will be without its body. */
        void giveBack() {
            coming.remove(this);
            if (!over) {
                over = true;
                bytes -= held;
            }
        }
    }
}
