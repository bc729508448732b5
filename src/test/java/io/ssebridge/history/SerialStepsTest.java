package io.ssebridge.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SerialStepsTest {
    private final SerialSteps steps = new SerialSteps();
    private final List<String> done = new ArrayList<>();

    @Test
    void aStepWithinAStep_runsAfterIt() {
        steps.run(() -> {
            steps.run(() -> done.add("second"));
            done.add("first");
        });

        assertThat(done).containsExactly("first", "second");
    }

    /** One step that threw stopped all readings of a node for ever. */
    @Test
    void afterAStepThatThrows_theNextOnesRun() {
        steps.run(() -> {
            steps.run(() -> done.add("waiting"));
            throw new AssertionError("a fault");
        });
        steps.run(() -> done.add("later"));

        assertThat(done).containsExactly("waiting", "later");
    }
}
