package io.ssebridge.subscriber;

import io.ssebridge.loop.LoopThread;
import io.vertx.core.Context;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The streams of one event loop with sockets that have not taken all written bytes, and the encoded batches that they hold. The
 * longest stalled stream comes first.
 *
 * <p><b>Owner:</b> that event loop; methods for any thread say so.
 */
public final class StalledStreams {
    private static final Logger LOG = LoggerFactory.getLogger(StalledStreams.class);
    private static final long BETWEEN_WARNINGS_NANOS = 60_000_000_000L;

    /** Means: no stream is stalled. */
    static final long NONE = Long.MAX_VALUE;

    private final Context context;
    private final LoopThread thread;
    private final StalledBytes node;
    private final Map<Subscriber, Holding> holdings = new LinkedHashMap<>();
    private final AtomicBoolean cutting = new AtomicBoolean();
    private final AtomicBoolean halving = new AtomicBoolean();
    // Other event loops read it.
    private volatile long oldestTurn = NONE;
    private long warnedNanos = System.nanoTime() - BETWEEN_WARNINGS_NANOS;

    /** The batches that one stream holds, and the number of its stall. */
    private static final class Holding {
        private final long turn;
        private final List<EncodedBatch> batches = new ArrayList<>(1);
        private long copied;

        private Holding(long turn) {
            this.turn = turn;
        }
    }

    /**
     * Creates an empty set of streams.
     *
     * @param context the event loop
     * @param node counts the bytes of all event loops
     */
    public StalledStreams(Context context, StalledBytes node) {
        this.context = context;
        this.thread = new LoopThread(context);
        this.node = node;
        node.join(this);
    }

    /**
     * Notes that a socket has not taken all bytes of a batch.
     *
     * @param copied whether the bytes were copied for this socket, so that it shares them with no other
     */
    void hold(Subscriber stream, EncodedBatch batch, boolean copied) {
        thread.assertHere();
        Holding holding = holdings.computeIfAbsent(stream, first -> stalls());
        if (copied) {
            holding.copied += batch.length();
            node.add(batch.length());
        } else {
            holding.batches.add(batch);
            node.add(batch.hold());
        }
        if (holdings.size() == 1) {
            oldestTurn = holding.turn;
        }
        if (node.isExceeded()) {
            node.relieve();
        }
    }

    private Holding stalls() {
        node.stalls();
        return new Holding(node.nextTurn());
    }

    /** Notes that a socket has taken all bytes, or is closed. */
    void letGo(Subscriber stream) {
        thread.assertHere();
        Holding holding = holdings.remove(stream);
        if (holding != null) {
            node.flows();
            long less = holding.copied;
            for (EncodedBatch each : holding.batches) {
                less += each.letGo();
            }
            node.add(-less);
            if (holding.turn == oldestTurn) {
                oldestTurn =
                        holdings.isEmpty() ? NONE : holdings.values().iterator().next().turn;
            }
        }
    }

    /** Returns the number of the oldest stall of these streams; any thread. */
    long oldestTurn() {
        return oldestTurn;
    }

    /** Returns the number of stalled streams. */
    int size() {
        thread.assertHere();
        return holdings.size();
    }

    /**
     * Makes all event loops of the node cut half of their stalled streams, soon, because memory outside the heap is
     * used up; any thread.
     */
    public void makeRoom() {
        node.makeRoom();
    }

    /** Cuts streams soon, until the limit is kept; any thread. */
    void cutSoon() {
        if (cutting.compareAndSet(false, true)) {
            context.runOnContext(now -> cutBeyondLimit());
        }
    }

    /** Cuts half of the stalled streams soon; any thread. */
    void cutHalfSoon() {
        if (halving.compareAndSet(false, true)) {
            context.runOnContext(now -> cutHalf());
        }
    }

    private void cutBeyondLimit() {
        cutting.set(false);
        int before = holdings.size();
        while (node.isExceeded() && !holdings.isEmpty() && node.hasOldest(this)) {
            cutOldest();
        }
        warn(before - holdings.size());
        if (node.isExceeded()) {
            node.relieve();
        }
    }

    private void cutHalf() {
        halving.set(false);
        int before = holdings.size();
        while (holdings.size() > before / 2) {
            cutOldest();
        }
        warn(before - holdings.size());
    }

    private void cutOldest() {
        Iterator<Subscriber> streams = holdings.keySet().iterator();
        Subscriber oldest = streams.next();
        letGo(oldest);
        node.countCut();
        oldest.cut(StreamMeters.STALLED_BYTES);
    }

    private void warn(int cut) {
        long nowNanos = System.nanoTime();
        if (cut > 0 && nowNanos - warnedNanos >= BETWEEN_WARNINGS_NANOS) {
            warnedNanos = nowNanos;
            LOG.warn(
                    "Cut {} stalled streams: together they hold more than limits.stalledBytes, or memory is used up (limit: {} bytes; said at most once a minute)",
                    cut,
                    node.limit());
        }
    }
}
