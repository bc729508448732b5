package io.ssebridge.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.NodesAsTold;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SplitBrainGuardTest {
    private final NodesAsTold nodes = new NodesAsTold("a");
    private long now = 1;
    private final SplitBrainGuard guard = new SplitBrainGuard(nodes, () -> now);

    @Test
    void aClockThatGoesOn_raisesNoDoubt() {
        see(Set.of("a", "b"), Set.of("a", "b"));
        for (int i = 0; i < 100; i++) {
            pass(SplitBrainGuard.TICK);
            guard.tick();
        }

        assertThat(guard.isInDoubt()).isFalse();
    }

    @Test
    void aNodeThatStoodStill_isInDoubtBeforeItsNextTick() {
        see(Set.of("a", "b"), Set.of("a", "b"));
        pass(Duration.ofSeconds(6));

        assertThat(guard.isInDoubt()).isTrue();
    }

    @Test
    void theOtherNodesWord_endsTheDoubt() {
        see(Set.of("a", "b", "c"), Set.of("a", "b", "c"));
        pass(Duration.ofSeconds(6));
        guard.tick();

        assertThat(guard.confirmedBy(0)).isFalse();
        assertThat(guard.isInDoubt()).isTrue();
        assertThat(guard.confirmedBy(1)).isTrue();
        assertThat(guard.isInDoubt()).isFalse();
    }

    @Test
    void aNodeAlone_needsNoConfirmation() {
        see(Set.of("a"), Set.of("a"));
        pass(Duration.ofSeconds(6));
        guard.tick();

        assertThat(guard.confirmedBy(0)).isTrue();
    }

    @Test
    void theLossOfHalf_isServedOn() {
        see(Set.of("a", "b"), Set.of("a", "b"));
        see(Set.of("a"), Set.of("a"));

        assertThat(guard.isInDoubt()).isFalse();
    }

    @Test
    void theLossOfMore_raisesDoubtThatTheRestCannotEnd() {
        see(Set.of("a", "b", "c", "d", "e"), Set.of("a", "b", "c", "d", "e"));
        see(Set.of("a", "b"), Set.of("a", "b"));

        assertThat(guard.isInDoubt()).isTrue();
        assertThat(guard.confirmedBy(1)).isFalse();
        assertThat(guard.confirmedBy(2)).isTrue();
    }

    @Test
    void aNodeThatStaysAlone_servesAgainAfterAWhile() {
        see(Set.of("a", "b", "c"), Set.of("a", "b", "c"));
        see(Set.of("a"), Set.of("a"));
        boolean over = false;
        for (int i = 0; i < 41 && !over; i++) {
            pass(SplitBrainGuard.TICK);
            guard.tick();
            over = guard.confirmedBy(0);
        }

        assertThat(over).isTrue();
        assertThat(guard.isInDoubt()).isFalse();
    }

    /** It acknowledged events alone before it had merged, and they were discarded then. */
    @Test
    void aNodeThatWakesUp_waitsForTheOthersForTwoMinutes() {
        see(Set.of("a", "b", "c"), Set.of("a", "b", "c"));
        pass(Duration.ofSeconds(6));
        guard.tick();
        see(Set.of("a"), Set.of("a"));
        for (int i = 0; i < 119; i++) {
            pass(Duration.ofSeconds(1));
            guard.tick();
            assertThat(guard.confirmedBy(0)).isFalse();
        }
        pass(Duration.ofSeconds(2));

        assertThat(guard.confirmedBy(0)).isTrue();
    }

    @Test
    void nodesThatWithdraw_areNotLost() {
        see(Set.of("a", "b", "c"), Set.of("a", "b", "c"));
        nodes.withdraws("b");
        guard.nodesChanged();
        see(Set.of("a", "c"), Set.of("a", "c"));
        nodes.withdraws("c");
        guard.nodesChanged();
        see(Set.of("a"), Set.of("a"));

        assertThat(guard.isInDoubt()).isFalse();
    }

    /** The others, each alone, took one another out of the list before this node knew of it: it acknowledged events alone. */
    @Test
    void aNodeThatIsTakenOutOfTheListFirst_isLostAllTheSame() {
        see(Set.of("a", "b", "c"), Set.of("a", "b", "c"));
        see(Set.of("a", "b"), Set.of("a", "b", "c"));
        see(Set.of("a"), Set.of("a"));

        assertThat(guard.isInDoubt()).isTrue();
    }

    /** While entries move between members the list may lack some, even the node's own: one alone refused everything. */
    @Test
    void aListThatLacksANodeThatIsThere_isNotALoss() {
        see(Set.of("a", "b"), Set.of("a", "b"));
        see(Set.of("a"), Set.of("a"));
        see(Set.of(), Set.of("a"));

        assertThat(guard.isInDoubt()).isFalse();
    }

    @Test
    void aNodeThatIsBackUnderItsName_isNotLostAnyMore() {
        Set<String> all = Set.of("a", "b", "c", "d", "e");
        see(all, all);
        see(Set.of("a", "b", "c"), Set.of("a", "b", "c"));
        see(all, all);
        see(Set.of("a", "d", "e"), Set.of("a", "d", "e"));

        assertThat(guard.isInDoubt()).isFalse();
    }

    @Test
    void anAppendMadeWhileTheOthersWereLost_isNotConfirmed() {
        see(Set.of("a", "b", "c"), Set.of("a", "b", "c"));
        assertThat(guard.confirmed().succeeded()).isTrue();
        nodes.whenLookedAt(() -> {
            see(Set.of("a"), Set.of("a"));
            return Future.succeededFuture();
        });

        assertThat(guard.confirmed().failed()).isTrue();
    }

    @Test
    void anAppendMadeWhileThisNodeStoodStill_isNotConfirmed() {
        see(Set.of("a", "b"), Set.of("a", "b"));
        pass(Duration.ofSeconds(6));

        assertThat(guard.confirmed().failed()).isTrue();
    }

    /** One that is started again each time it crashes has a name of its own each time. */
    @Test
    void aNodeThatCrashesAgainAndAgain_isOneLost() {
        see(Set.of("a", "b"), Set.of("a", "b"));
        for (int i = 0; i < 4; i++) {
            see(Set.of("a"), Set.of("a"));
            assertThat(guard.isInDoubt()).as("crash %d", i).isFalse();
            pass(Duration.ofSeconds(2));
            see(Set.of("a", "b" + i), Set.of("a", "b" + i));
            pass(Duration.ofSeconds(2));
            guard.tick();
        }
    }

    @Test
    void aNodeThatComesWhileOthersAreLost_replacesOneOfThem() {
        see(Set.of("a", "b", "c", "d", "e"), Set.of("a", "b", "c", "d", "e"));
        see(Set.of("a", "b", "c"), Set.of("a", "b", "c"));
        see(Set.of("a", "b", "f"), Set.of("a", "b", "f"));
        assertThat(guard.isInDoubt()).isFalse();
        see(Set.of("a", "f"), Set.of("a", "f"));

        assertThat(guard.isInDoubt()).isTrue();
    }

    /** As it is when the cluster falls apart: the others take this node out of the list, and it enters itself again. */
    @Test
    void aNodeThatWasThereBefore_replacesNoLostNode() {
        see(Set.of("a", "b", "c"), Set.of("a", "b", "c"));
        see(Set.of("a", "c"), Set.of("a", "c"));
        see(Set.of("c"), Set.of("a", "c"));
        see(Set.of("a", "c"), Set.of("a", "c"));
        see(Set.of("a"), Set.of("a"));

        assertThat(guard.isInDoubt()).isTrue();
    }

    private void see(Set<String> ready, Set<String> present) {
        nodes.see(ready, present);
        guard.nodesChanged();
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }
}
