package io.ssebridge.loop;

import io.vertx.core.Context;
import org.jspecify.annotations.Nullable;

/**
 * The thread of the event loop that owns an object, for assertions. It compares threads, not contexts: a request has the
 * context of its verticle, a timer may have another one, and both belong to one event loop. Any thread.
 */
public final class LoopThread {
    // Null until the event loop runs its first task.
    private volatile @Nullable Thread thread;

    /**
     * Learns the thread when the event loop runs its next task. Until then, all threads are accepted.
     *
     * @param context a context of the event loop
     */
    public LoopThread(Context context) {
        context.runOnContext(first -> thread = Thread.currentThread());
    }

    /**
     * Creates the owner of objects of a known thread.
     *
     * @param thread the thread of the event loop
     */
    public LoopThread(Thread thread) {
        this.thread = thread;
    }

    /** Asserts that the current thread is the thread of the event loop. */
    public void assertHere() {
        assert isHere() : "called on %s (expected: %s)".formatted(Thread.currentThread(), thread);
    }

    private boolean isHere() {
        Thread known = thread;
        return known == null || known == Thread.currentThread();
    }

    /** Returns whether the current thread is known to be the thread of the event loop. */
    public boolean isCurrent() {
        return thread == Thread.currentThread();
    }
}
