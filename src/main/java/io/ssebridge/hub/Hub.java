package io.ssebridge.hub;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * One live channel on this node: the event loops that have subscribers, and how far its events have come.
 *
 * <p><b>Owner:</b> that of {@link Hubs}.
 */
final class Hub {
    private final List<Audiences> loops = new ArrayList<>(2);
    private Future<Void> attached = Future.failedFuture("not yet attached");
    private long life;
    private long next;

    /** Attaches the channel if it is not yet, or if that failed. */
    Future<Void> attach(Supplier<Future<Void>> feed) {
        if (attached.failed()) {
            attached = feed.get();
        }
        return attached;
    }

    void add(Audiences loop) {
        loops.add(loop);
    }

    void remove(Audiences loop) {
        loops.remove(loop);
    }

    boolean isEmpty() {
        return loops.isEmpty();
    }

    /** The loops with subscribers, each as often as it joined; a channel has few. */
    Iterable<Audiences> loops() {
        return loops.stream().distinct().toList();
    }

    /**
     * How many of these events have been seen before. Sequences are compared within one life of the channel only: a new
     * leader begins a new one.
     */
    int seen(long announcedLife, long first, int count) {
        if (announcedLife != life) {
            life = announcedLife;
            next = first;
        }
        int seen = (int) Math.max(0, Math.min(count, next - first));
        next = Math.max(next, first + count);
        return seen;
    }
}
