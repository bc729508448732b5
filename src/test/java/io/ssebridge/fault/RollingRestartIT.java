package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All nodes are restarted under load, one after another: subscribers notice only a new connection. */
@Timeout(900)
class RollingRestartIT {
    private static final int NODES = Bound.of("rolling.nodes", 2);
    private static final int SUBSCRIBERS = Bound.of("rolling.subscribers", 40);

    @Test
    void aRollingRestart_losesNothingAndResetsNobody() {
        try (Slots slots = new Slots(NODES, Slots.config(4_000));
                Load load = new Load(slots, SUBSCRIBERS)) {
            for (int i = 0; i < NODES; i++) {
                load.flow(Duration.ofMillis(500));
                load.takeLongestStall();
                slots.stop(i);
                load.flow(Duration.ofMillis(500));
                Bound.say(
                        "RollingRestartIT: node %d stopped: longest stall %d ms",
                        i, load.takeLongestStall().toMillis());
                slots.fill(i);
                slots.awaitSafe();
                Bound.say(
                        "RollingRestartIT: node %d is back: longest stall %d ms",
                        i, load.takeLongestStall().toMillis());
            }
            load.flow(Duration.ofSeconds(1));
            load.end("RollingRestartIT");
            assertThat(load.flaws()).isEmpty();
            // A node that goes closes its connections; a publisher that meets this asks another node, once.
            assertThat(load.retries()).noneMatch(why -> why.contains(": 4") || why.contains(": 5"));
        }
    }
}
