package io.ssebridge.bus;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tasks that an event loop repeats until the node is closed. Tasks with the same period run together: each time that an idle
 * event loop wakes up costs more than most tasks.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class PeriodicTasks {
    private final Vertx vertx;
    private final Map<Duration, List<Runnable>> tasks = new HashMap<>();
    private final List<Long> timers = new ArrayList<>();

    PeriodicTasks(Vertx vertx) {
        this.vertx = vertx;
    }

    /**
     * Runs a task again and again. The first time is after one period, or earlier if other tasks have the same period.
     *
     * @param task may throw an exception. The exception handler of the context gets it, and the task runs again
     */
    void every(Duration period, Runnable task) {
        List<Runnable> together = tasks.computeIfAbsent(period, this::begin);
        together.add(task);
    }

    private List<Runnable> begin(Duration period) {
        List<Runnable> together = new ArrayList<>();
        timers.add(vertx.setPeriodic(period.toMillis(), tick -> run(List.copyOf(together))));
        return together;
    }

    /** The first failure is thrown after all tasks have run. */
    private static void run(List<Runnable> together) {
        RuntimeException first = null;
        for (Runnable task : together) {
            try {
                task.run();
            } catch (RuntimeException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** Stops all tasks. */
    void stop() {
        timers.forEach(vertx::cancelTimer);
        timers.clear();
        tasks.clear();
    }
}
