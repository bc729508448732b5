package io.ssebridge.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.loop.LoopThread;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(20)
class ShardsTest {
    private final OnContext owner;
    private final LocalMap<Integer, String> holders = new LocalMap<>(new FakeClock());
    private final NodesAsTold nodes = new NodesAsTold("self");
    private final Led led = new Led();
    private final Shards shards;

    ShardsTest(Vertx vertx) {
        Context context = vertx.getOrCreateContext();
        owner = new OnContext(context);
        shards = new Shards(new LoopThread(context), vertx, nodes, holders, new FakeClock());
    }

    private void clearHolders() {
        IntStream.range(0, Shards.COUNT).forEach(shard -> owner.call(() -> holders.remove(shard)));
    }

    @Test
    void aCallOnAnotherThread_failsWithAnAssertion() {
        // From now on the thread of the event loop is known.
        owner.run(() -> {});
        for (ThrowingCallable call :
                List.<ThrowingCallable>of(shards::update, shards::checkHolders, shards::enterAgain, shards::settled)) {
            assertThatThrownBy(call).isInstanceOf(AssertionError.class);
        }
    }

    /** Seen when three nodes started at once: "the node does not start: led by ...". */
    @Test
    void aShardThatMovesOnBeforeItIsClaimed_doesNotKeepTheNodeFromStarting() {
        hold("other");
        shards.start(led);

        see(Set.of("self"));
        CompletableFuture<Void> settled = owner.begin(shards::settled);
        see(Set.of("self", "other"));
        clearHolders();

        OnContext.await(settled);
        assertThat(led.shards).isNotEmpty().allMatch(shard -> "self".equals(shards.leader(shard)));
    }

    @Test
    void aShardOfALivingPredecessor_isNotTaken_andOneOfADeadIs() {
        hold("other");
        shards.start(led);
        see(Set.of("self"));
        assertThat(led.shards).isEmpty();

        nodes.see(Set.of("self"), Set.of("self"));
        OnContext.await(owner.begin(shards::settled));
        assertThat(led.shards).hasSize(Shards.COUNT);
    }

    @Test
    void aShardThatAnotherNodeHasTakenOverBelievingThisOneGone_isLaidDown() {
        shards.start(led);
        see(Set.of("self"));
        OnContext.await(owner.begin(shards::settled));
        hold("other");

        owner.run(shards::checkHolders);
        Eventually.see("nothing led", Duration.ofSeconds(5), () -> owner.get(led.shards::size), size -> size == 0);
        clearHolders();
        OnContext.await(owner.begin(shards::settled));
        assertThat(led.shards).hasSize(Shards.COUNT);
    }

    /** After a merge an address had no consumer any more: its leader waited for a node that had long laid the shard down. */
    @Test
    void aNodeEnteredForAShardThatItDoesNotLead_isTakenOutOfTheMap() {
        shards.start(led);
        see(Set.of("other"));
        hold("self");

        owner.run(shards::checkHolders);
        Eventually.see("no holder", Duration.ofSeconds(5), () -> owner.call(holders::keys), Set::isEmpty);
        assertThat(led.shards).isEmpty();

        see(Set.of("self"));
        OnContext.await(owner.begin(shards::settled));
        assertThat(led.shards).hasSize(Shards.COUNT);
    }

    /** An address that could not be registered was lost for good, without a word. */
    @Test
    void aShardThatCouldNotBeTakenUp_isTriedAgain_whileTheRestIsLed() {
        led.failures.set(3);
        shards.start(led);
        see(Set.of("self"));
        OnContext.await(owner.begin(shards::settled));
        assertThat(shards.incomplete()).isEqualTo(3);

        Eventually.see("nothing missing", Duration.ofSeconds(5), shards::incomplete, count -> count == 0);
        assertThat(led.taken).hasValue(Shards.COUNT + 3);
    }

    @Test
    void aShardThatCouldNotBeTakenUp_andIsLedByAnotherNow_isNotTriedAgain() {
        led.failures.set(Integer.MAX_VALUE);
        shards.start(led);
        see(Set.of("self"));
        OnContext.await(owner.begin(shards::settled));
        assertThat(shards.incomplete()).isEqualTo(Shards.COUNT);

        see(Set.of("other"));
        OnContext.await(owner.begin(shards::settled));
        assertThat(shards.incomplete()).isZero();
        assertThat(led.shards).isEmpty();
    }

    /** Otherwise two nodes would consume the addresses that it opens late. */
    @Test
    void aShardThatIsStillBeingTakenUp_isLaidDownOnlyThen() {
        led.failures.set(Shards.COUNT);
        shards.start(led);
        see(Set.of("self"));
        OnContext.await(owner.begin(shards::settled));
        Promise<Void> late = Promise.promise();
        owner.run(() -> led.next = late.future());
        Eventually.holds("another attempt", Duration.ofSeconds(5), () -> led.taken.get() == 2 * Shards.COUNT);

        see(Set.of("other"));
        assertThat(owner.get(() -> List.copyOf(led.shards))).hasSize(Shards.COUNT);
        owner.run(late::complete);
        OnContext.await(owner.begin(shards::settled));
        assertThat(led.shards).isEmpty();
    }

    private void hold(String node) {
        IntStream.range(0, Shards.COUNT).forEach(shard -> owner.call(() -> holders.put(shard, node)));
    }

    private void see(Set<String> ready) {
        nodes.see(ready, Set.of("self", "other"));
        owner.run(shards::update);
    }

    private static final class Led implements Shards.Duties {
        private final Set<Integer> shards = new HashSet<>();
        private Future<Void> next = Future.succeededFuture();
        private final AtomicInteger failures = new AtomicInteger();
        private final AtomicInteger taken = new AtomicInteger();

        @Override
        public Future<Void> take(int shard) {
            taken.incrementAndGet();
            shards.add(shard);
            return failures.getAndDecrement() > 0 ? Future.failedFuture("no address") : next;
        }

        @Override
        public Future<Void> release(int shard) {
            shards.remove(shard);
            return Future.succeededFuture();
        }
    }
}
