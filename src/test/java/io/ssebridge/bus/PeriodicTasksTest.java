package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(30)
class PeriodicTasksTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration PERIOD = Duration.ofMillis(5);

    private final List<String> runs = new CopyOnWriteArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();

    private PeriodicTasks tasks;
    private OnContext owner;

    @BeforeEach
    void open(Vertx vertx) {
        Context context = vertx.getOrCreateContext();
        context.exceptionHandler(failures::add);
        owner = new OnContext(context);
        tasks = new PeriodicTasks(vertx);
    }

    private void every(Duration period, String name) {
        owner.run(() -> tasks.every(period, () -> runs.add(name)));
    }

    private void awaitRuns(String name, int least) {
        Eventually.holds(
                name, PATIENCE, () -> runs.stream().filter(name::equals).count() >= least);
    }

    @Test
    void tasksWithOnePeriod_runTogetherAgainAndAgain() {
        owner.run(() -> {
            tasks.every(PERIOD, () -> runs.add("a"));
            tasks.every(PERIOD, () -> runs.add("b"));
        });
        every(PERIOD.multipliedBy(2), "c");
        awaitRuns("b", 10);
        awaitRuns("c", 3);
        owner.run(tasks::stop);
        List<String> pairs = runs.stream().filter(name -> !name.equals("c")).toList();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            assertThat(pairs.subList(i, i + 2)).containsExactly("a", "b");
        }
    }

    @Test
    void aTaskThatFails_stopsNoOther_andIsReported() {
        owner.run(() -> {
            tasks.every(PERIOD, () -> {
                runs.add("fails");
                throw new IllegalStateException("as told");
            });
            tasks.every(PERIOD, () -> runs.add("other"));
        });
        awaitRuns("other", 3);
        awaitRuns("fails", 3);
        assertThat(failures)
                .isNotEmpty()
                .allSatisfy(failure -> assertThat(failure).hasMessage("as told"));
    }

    @Test
    void aTaskMayAddAnother() {
        owner.run(() -> tasks.every(PERIOD, () -> {
            if (runs.isEmpty()) {
                tasks.every(PERIOD, () -> runs.add("added"));
            }
            runs.add("first");
        }));
        awaitRuns("added", 3);
        awaitRuns("first", 3);
    }

    @Test
    void afterStop_noTaskRuns() {
        every(PERIOD, "a");
        awaitRuns("a", 1);
        int before = owner.get(() -> {
            tasks.stop();
            return runs.size();
        });
        every(PERIOD.multipliedBy(2), "b");
        awaitRuns("b", 5);
        assertThat(runs).filteredOn("a"::equals).hasSize(before);
    }
}
