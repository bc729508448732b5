package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node is frozen until the others have given it up: a reset is allowed then, silence is not. */
@Timeout(300)
class FreezeIT {
    private static final int NODES = 3;
    private static final int SUBSCRIBERS = Bound.of("freeze.subscribers", 40);
    // Longer than the others wait for it.
    private static final Duration FROZEN = Duration.ofSeconds(Bound.of("freeze.seconds", 8));
    private static final Duration MERGED = Duration.ofMinutes(2);

    @Test
    void aFrozenNode_comesBackByItself_andClientsLearnOfEveryLoss() {
        try (Slots slots = new Slots(NODES, Slots.config(4_000), Bound.timeouts());
                Load load = new Load(slots, SUBSCRIBERS)) {
            load.flow(Duration.ofSeconds(2));
            load.takeLongestStall();
            slots.node(0).freeze();
            load.flow(FROZEN);
            Bound.say(
                    "FreezeIT: frozen: longest stall %d ms",
                    load.takeLongestStall().toMillis());
            slots.node(0).thaw();
            long thawed = System.nanoTime();
            load.flow(Duration.ofSeconds(2));
            slots.awaitSafe(MERGED);
            Bound.say("FreezeIT: one cluster again after %d ms", (System.nanoTime() - thawed) / 1_000_000);
            load.flow(Duration.ofSeconds(2));
            load.endWithLosses("FreezeIT");
            assertThat(load.silentGaps()).isEmpty();
        }
    }
}
