package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.TestCluster;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Any one node may be killed: each acknowledged event reaches all subscribers, once and in order. */
@Timeout(900)
class KillIT {
    private static final int NODES = 3;
    private static final int KILLS = Bound.of("kill.kills", 1);
    private static final int SUBSCRIBERS = Bound.of("kill.subscribers", 40);

    @Test
    void aKilledNode_losesNothingThatWasAcknowledged() {
        Random random = new Random(Bound.seed("KillIT"));
        try (Slots slots = new Slots(NODES, Slots.config(4_000), TestCluster::allPartitions);
                Load load = new Load(slots, SUBSCRIBERS)) {
            for (int i = 0; i < KILLS; i++) {
                load.flow(Duration.ofSeconds(2));
                load.takeLongestStall();
                int slot = random.nextInt(NODES);
                slots.kill(slot);
                load.flow(Duration.ofSeconds(2));
                Bound.say(
                        "KillIT: kill %d, of node %d: longest stall %d ms",
                        i, slot, load.takeLongestStall().toMillis());
                slots.fill(slot);
                slots.awaitSafe();
                Bound.say(
                        "KillIT: node %d is back: longest stall %d ms",
                        slot, load.takeLongestStall().toMillis());
            }
            load.flow(Duration.ofSeconds(1));
            load.end("KillIT");
            assertThat(load.flaws()).isEmpty();
        }
    }
}
