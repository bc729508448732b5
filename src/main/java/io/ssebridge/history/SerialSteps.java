package io.ssebridge.history;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs steps one at a time, each on the thread of one of the callers, without a lock: a caller whose step has to wait goes
 * away, and the thread that is at work runs it. What only such steps touch needs no other guard. Any thread.
 */
final class SerialSteps {
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger due = new AtomicInteger();

    /**
     * Runs a step: before this returns, unless another thread or a caller further up the stack is at work.
     *
     * @param step short, and throws nothing
     */
    void run(Runnable step) {
        waiting.add(step);
        if (due.getAndIncrement() > 0) {
            return;
        }
        do {
            Runnable next = waiting.poll();
            if (next != null) {
                next.run();
            }
        } while (due.decrementAndGet() > 0);
    }
}
