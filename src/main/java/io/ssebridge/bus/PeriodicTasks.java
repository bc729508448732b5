package io.ssebridge.bus;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The tasks that an event loop repeats until the node is closed.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class PeriodicTasks {
    private final Vertx vertx;
    private final List<Long> timers = new ArrayList<>();

    PeriodicTasks(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Runs a task again and again, the first time after one period. */
    void every(Duration period, Runnable task) {
        timers.add(vertx.setPeriodic(period.toMillis(), tick -> task.run()));
    }

    /** Stops all tasks. */
    void stop() {
        timers.forEach(vertx::cancelTimer);
        timers.clear();
    }
}
