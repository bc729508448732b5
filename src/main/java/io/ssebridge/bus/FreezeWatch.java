package io.ssebridge.bus;

import io.ssebridge.loop.LoopContexts;
import io.ssebridge.membership.SplitBrainGuard;
import io.vertx.core.Context;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Notices when the whole process has stood still. It has a thread of its own: an event loop may be busy for seconds while
 * thousands of streams open on a fresh node. Hazelcast's threads go on meanwhile, so the other nodes keep this one, and it needs
 * no confirmation.
 *
 * <p>Any thread.
 */
final class FreezeWatch {
    private final SplitBrainGuard guard;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(step -> {
        Thread made = new Thread(step, "sse-freeze-watch");
        made.setDaemon(true);
        return made;
    });

    FreezeWatch(SplitBrainGuard guard) {
        this.guard = guard;
    }

    /**
     * Begins to watch.
     *
     * @param node the node's own context. If its Vert.x is closed before the node, the watch stops too
     */
    void start(Context node) {
        LoopContexts.atEnd(node, this::stop);
        long millis = SplitBrainGuard.TICK.toMillis();
        // A process that has stood still needs one tick, not those that it has missed.
        var unused = thread.scheduleWithFixedDelay(guard::tick, 0, millis, TimeUnit.MILLISECONDS);
    }

    /** Stops watching. */
    void stop() {
        thread.shutdownNow();
    }
}
