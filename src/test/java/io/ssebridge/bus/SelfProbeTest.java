package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(20)
class SelfProbeTest {
    private static final String ADDRESS = "news";

    private Vertx vertx;
    private Context owner;
    private final Cluster cluster = new Cluster();
    private BusConsumers consumers;
    private final AtomicInteger heard = new AtomicInteger();
    private final AtomicLong nanos = new AtomicLong();
    private volatile Future<Message<Object>> pong = Future.succeededFuture();
    private SelfProbe probe;

    @BeforeEach
    void consume(Vertx vertx) {
        this.vertx = vertx;
        owner = vertx.getOrCreateContext();
        consumers = new BusConsumers(owner, vertx, cluster);
        probe = new SelfProbe(cluster, new AddressCheck(cluster, consumers), node -> pong, nanos::get);
        onOwner(() -> consumers.open(ADDRESS, message -> {
            heard.incrementAndGet();
            message.reply(null);
        }));
    }

    @Test
    void anAddressThatTheClusterDoesNotKnow_isRegisteredAgainAndConsumedOnce() {
        cluster.unknown = Set.of(ADDRESS);
        probeOnce();
        assertThat(cluster.asked).containsExactly(Set.of(ADDRESS));

        vertx.eventBus().request(ADDRESS, "hello").await();
        assertThat(heard).hasValue(1);
    }

    @Test
    void aNodeThatTheClusterDoesNotKnow_isNotHeardUntilItIsFound() {
        cluster.unknown = Set.of(ADDRESS);
        passes(Duration.ofSeconds(16));
        probeOnce();
        assertThat(probe.isFresh()).isFalse();

        cluster.unknown = Set.of();
        probeOnce();
        assertThat(probe.isFresh()).isTrue();
    }

    @Test
    void aNodeThatAnotherCannotReach_isNotHeard() {
        pong = failure(ReplyFailure.RECIPIENT_FAILURE);
        passes(Duration.ofSeconds(14));
        assertThat(probe.isFresh()).isTrue();
        passes(Duration.ofSeconds(2));
        assertThat(probe.isFresh()).isFalse();

        pong = Future.succeededFuture();
        probeOnce();
        assertThat(probe.isFresh()).isTrue();
    }

    @Test
    void aNodeThatSaysNothing_speaksForItselfAlone() {
        pong = failure(ReplyFailure.TIMEOUT);
        passes(Duration.ofSeconds(16));
        assertThat(probe.isFresh()).isTrue();
    }

    @Test
    void aLookThatFails_isNotGoodNews() {
        cluster.answer = Future.failedFuture("no cluster");
        passes(Duration.ofSeconds(16));
        assertThat(probe.isFresh()).isFalse();
    }

    @Test
    void anAddressThatIsClosedWhileItIsRegisteredAgain_staysClosed() {
        onOwner(() -> {
            Future<Void> renewed = consumers.renew(ADDRESS);
            return Future.join(renewed, consumers.close(ADDRESS)).mapEmpty();
        });
        vertx.eventBus().publish(ADDRESS, "nobody");
        onOwner(() -> consumers.open("other", message -> message.reply(null)));
        vertx.eventBus().request("other", "after it").await();
        assertThat(heard).hasValue(0);
        assertThat(registered()).containsExactly("other");
    }

    @Test
    void aMemberThatComesBack_hasAllAddressesRegisteredAgainThreeTimes() {
        for (Set<String> present : List.of(Set.of("self", "other"), Set.of("self"), Set.of("self", "other"))) {
            cluster.see(present);
            onOwner(() -> {
                probe.nodesChanged();
                return Future.succeededFuture();
            });
        }
        // A round looks addresses up or registers them again.
        List<Integer> looks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            probeOnce();
            looks.add(cluster.asked.size());
            nanos.addAndGet(Duration.ofMillis(2_500).toNanos());
        }
        assertThat(looks).containsExactly(0, 1, 1, 2, 2, 3, 4, 5);
        vertx.eventBus().request(ADDRESS, "hello").await();
        assertThat(heard).hasValue(1);
    }

    /** With a short time to live and many new names, every look met some that were just let go of: the node was not ready. */
    @Test
    void anAddressThatIsClosedDuringTheLook_isNotMissed() {
        passes(Duration.ofSeconds(16));
        nanos.addAndGet(Duration.ofSeconds(16).toNanos());
        cluster.duringTheLook = () -> consumers.close(ADDRESS);
        cluster.unknown = Set.of(ADDRESS);
        probeOnce();

        assertThat(cluster.asked).last().isEqualTo(Set.of(ADDRESS));
        assertThat(probe.isFresh()).isTrue();
        assertThat(registered()).isEmpty();
    }

    @Test
    void anAddressThatIsClosedAndOpenedAgainDuringTheLook_isJudgedNextTime() {
        nanos.addAndGet(Duration.ofSeconds(16).toNanos());
        cluster.duringTheLook = () ->
                consumers.close(ADDRESS).compose(closed -> consumers.open(ADDRESS, message -> message.reply(null)));
        cluster.unknown = Set.of(ADDRESS);
        probeOnce();
        assertThat(probe.isFresh()).isTrue();

        nanos.addAndGet(Duration.ofSeconds(16).toNanos());
        cluster.duringTheLook = Future::succeededFuture;
        probeOnce();
        assertThat(probe.isFresh()).isFalse();
    }

    private Set<String> registered() {
        return new OnContext(owner).get(() -> consumers.registered().keySet());
    }

    private static Future<Message<Object>> failure(ReplyFailure type) {
        return Future.failedFuture(new ReplyException(type, -1, "no"));
    }

    private void passes(Duration time) {
        nanos.addAndGet(time.toNanos());
        probeOnce();
    }

    private void probeOnce() {
        onOwner(() -> probe.run().otherwiseEmpty());
    }

    private void onOwner(Supplier<Future<Void>> step) {
        Future.<Void>future(promise -> owner.runOnContext(run -> step.get().onComplete(promise)))
                .await();
    }

    private static final class Cluster extends NodesAsTold {
        private final List<Set<String>> asked = new ArrayList<>();
        private volatile Set<String> unknown = Set.of();
        private volatile Future<Void> answer = Future.succeededFuture();
        private volatile Supplier<Future<Void>> duringTheLook = Future::succeededFuture;

        private Cluster() {
            super("self");
            see(Set.of("self", "other"));
        }

        private void see(Set<String> members) {
            see(members, members);
        }

        @Override
        public Future<Set<String>> unregistered(Set<String> addresses) {
            asked.add(addresses);
            return duringTheLook.get().compose(done -> answer).map(unknown);
        }
    }
}
