package io.ssebridge.history;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs steps one at a time, each on the thread of one of the callers, without a lock. If another thread is running
 * steps, the caller returns at once and that thread runs its step. Fields that only such steps touch need no other
 * guard. Any thread.
 */
final class SerialSteps {
    private static final Logger LOG = LoggerFactory.getLogger(SerialSteps.class);

    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger due = new AtomicInteger();

    /**
     * Runs a step. It has run when this method returns, unless another thread or a caller further up the stack is
     * running steps.
     *
     * @param step short; an exception is logged, and the next steps run
     */
    void run(Runnable step) {
        waiting.add(step);
        if (due.getAndIncrement() > 0) {
            return;
        }
        do {
            Runnable next = waiting.poll();
            if (next != null) {
                runOne(next);
            }
        } while (due.decrementAndGet() > 0);
    }

    private static void runOne(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            LOG.error("A step failed", e);
        }
    }
}
