package io.ssebridge.cluster;

import static io.ssebridge.testing.Histories.append;
import static io.ssebridge.testing.Histories.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.config.RingbufferConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.ringbuffer.impl.RingbufferProxy;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.spi.impl.PartitionSpecificRunnable;
import com.hazelcast.spi.impl.operationservice.impl.OperationServiceImpl;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.history.History;
import io.ssebridge.history.HistoryContract;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(60)
class ClusteredHistoryTest {
    private static final ChannelRules RULES = HistoryContract.RULES;

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class OneMember extends HistoryContract {
        private final Vertx vertx;
        private final HazelcastMembers members = new HazelcastMembers();
        private final History history;

        OneMember(Vertx vertx) {
            this.vertx = vertx;
            history = ClusteredHistory.open(vertx, members.start(), RULES).await();
        }

        @AfterAll
        void close() {
            members.close();
        }

        @Override
        protected History leaders() {
            return history;
        }

        @Override
        protected History readers() {
            return history;
        }

        @Override
        protected Vertx vertx() {
            return vertx;
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class TwoMembers extends HistoryContract {
        private final Vertx vertx;
        private final HazelcastMembers members = new HazelcastMembers();
        private final History one;
        private final History two;

        TwoMembers(Vertx vertx) {
            this.vertx = vertx;
            one = ClusteredHistory.open(vertx, members.start(), RULES).await();
            two = ClusteredHistory.open(vertx, members.start(), RULES).await();
        }

        @AfterAll
        void close() {
            members.close();
        }

        @Override
        protected History leaders() {
            return one;
        }

        @Override
        protected History readers() {
            return two;
        }

        @Override
        protected Vertx vertx() {
            return vertx;
        }

        @Test
        void ringbuffers_areOwnedByBoth_andKeepTheirCapacity() {
            channels("small.", 40).forEach(channel -> {
                append(
                        one,
                        channel,
                        1,
                        IntStream.rangeClosed(1, 20).asLongStream().toArray());
                assertThat(two.extent(channel).await()).isEqualTo(new History.Extent(5, 20));
            });
        }
    }

    private final Vertx vertx;
    private final HazelcastMembers members = new HazelcastMembers();

    ClusteredHistoryTest(Vertx vertx) {
        this.vertx = vertx;
    }

    @AfterEach
    void close() {
        members.close();
    }

    @Test
    void aMemberThatKnowsNothingOfUs_keepsRingbuffersOfTheRightCapacity() {
        HazelcastInstance unused = members.start();
        History history = open(members.start());
        HazelcastInstance unusedToo = members.start();

        channels("small.", 60).forEach(channel -> {
            append(
                    history,
                    channel,
                    1,
                    IntStream.rangeClosed(1, 20).asLongStream().toArray());
            assertThat(history.extent(channel).await()).isEqualTo(new History.Extent(5, 20));
        });
    }

    // The configuration of a running node has got the rule.
    @Test
    void theHistoryOfANewRule_hasItsCapacityOnAllMembers() {
        HazelcastInstance unused = members.start();
        ChannelRules rules = RULES.snapshot();
        ClusteredHistory history =
                ClusteredHistory.open(vertx, members.start(), rules).await();
        ChannelRules others = new ChannelRules(List.of(Histories.rule("fresh.**", 17, Duration.ofMinutes(10))));

        history.prepare(others).await();
        rules.replace(others);

        channels("fresh.", 20).forEach(channel -> {
            append(
                    history,
                    channel,
                    1,
                    IntStream.rangeClosed(1, 20).asLongStream().toArray());
            assertThat(history.extent(channel).await()).isEqualTo(new History.Extent(4, 20));
        });
    }

    @Test
    void anAcknowledgedEvent_outlivesTheMemberThatKeepsIt() {
        HazelcastInstance dying = members.start();
        History ofTheDying = open(dying);
        History other = open(members.start());
        List<ChannelName> channels = channels("small.", 40).toList();
        // The first operation assigns the partitions. For a moment after a join there is one copy.
        append(ofTheDying, new ChannelName("small.first"), 1, 1, 2, 3);
        Eventually.holds(
                "a member with the second copies",
                Duration.ofSeconds(20),
                () -> dying.getPartitionService().isClusterSafe());
        channels.forEach(channel -> append(ofTheDying, channel, 1, 1, 2, 3));
        dying.getLifecycleService().terminate();

        assertThat(channels)
                .allSatisfy(channel -> assertThat(other.extent(channel).await()).isEqualTo(new History.Extent(0, 3)));
    }

    @Test
    void membersThatDoNotAnswer_keepNoEventLoopWaiting() {
        HazelcastInstance member = members.start();
        History history = open(member);
        List<ChannelName> channels = channels("small.", 3).toList();
        channels.forEach(channel -> append(history, channel, 1, 1));
        OnContext loop = new OnContext(vertx.getOrCreateContext());
        CountDownLatch go = new CountDownLatch(1);
        blockPartitions(member, go);

        List<CompletableFuture<?>> answers = List.of(
                loop.begin(() -> history.extent(channels.get(0))),
                loop.begin(() -> history.append(channels.get(0), List.of(event(2, 1, 0, 1, 0)))),
                loop.begin(() -> history.read(channels.get(0), 0, 10)),
                loop.begin(() -> history.extent(new ChannelName("small.new"))));
        CompletableFuture<Void> destroyed = loop.begin(() -> history.destroy(channels.get(1)));
        CompletableFuture<Void> next = loop.begin(Future::succeededFuture);
        try {
            assertThat(next).succeedsWithin(Duration.ofSeconds(5));
            assertThat(answers).noneMatch(CompletableFuture::isDone);
        } finally {
            go.countDown();
        }
        answers.forEach(OnContext::await);
        OnContext.await(destroyed);
    }

    /** The workers are those of the whole node, and of the application that it is part of. */
    @Test
    void membersThatDoNotAnswer_keepNoWorkersWaiting() {
        HazelcastInstance member = members.start();
        History history = open(member);
        List<ChannelName> channels = channels("small.", 30).toList();
        channels.forEach(channel -> append(history, channel, 1, 1));
        CountDownLatch go = new CountDownLatch(1);
        blockPartitions(member, go);

        List<Future<History.Extent>> extents =
                channels.stream().map(history::extent).toList();
        Future<Void> work = vertx.executeBlocking(() -> "done").mapEmpty();
        try {
            Eventually.holds("other work", Duration.ofSeconds(5), work::succeeded);
            assertThat(extents).noneMatch(Future::isComplete);
        } finally {
            go.countDown();
        }
        assertThat(extents).allSatisfy(extent -> assertThat(extent.await()).isEqualTo(new History.Extent(0, 1)));
    }

    private static void blockPartitions(HazelcastInstance member, CountDownLatch go) {
        NodeEngine engine = ((RingbufferProxy<?>) member.getRingbuffer("any")).getNodeEngine();
        OperationServiceImpl operations = (OperationServiceImpl) engine.getOperationService();
        for (int i = 0; i < engine.getPartitionService().getPartitionCount(); i++) {
            int partition = i;
            operations.execute(new PartitionSpecificRunnable() {
                @Override
                public int getPartitionId() {
                    return partition;
                }

                @Override
                public void run() {
                    try {
                        go.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            });
        }
    }

    @Test
    void aMemberThatWouldKeepMoreThanTheRuleSays_isRefusedByName() {
        refusesRingsOf(new RingbufferConfig("*").setCapacity(500));
    }

    @Test
    void aMemberThatWouldKeepLessThanTheRuleSays_isRefusedByName() {
        refusesRingsOf(new RingbufferConfig("*").setCapacity(5));
    }

    private void refusesRingsOf(RingbufferConfig foreign) {
        HazelcastInstance unused = members.start(config -> config.addRingBufferConfig(foreign));
        History history = open(members.start());

        List<Throwable> refusals = channels("small.", 60)
                .flatMap(channel -> Stream.ofNullable(history.extent(channel)
                        .map(any -> (Throwable) null)
                        .otherwise(e -> e)
                        .await()))
                .toList();

        assertThat(refusals)
                .isNotEmpty()
                .allSatisfy(refusal ->
                        assertThat(refusal).hasMessageContaining("sse.h.16.").hasMessageContaining("expected: 16"));
    }

    @Test
    void aFrameThatThisNodeCannotRead_isAFailure_notAnEmptyHistory() {
        HazelcastInstance hazelcast = members.start();
        History history = open(hazelcast);
        ChannelName channel = new ChannelName("small.trash");
        history.append(channel, List.of(event(1, -1, 0, 0, 1))).await();
        hazelcast.getDistributedObjects().stream()
                .filter(each -> each.getName().startsWith("sse.h.16."))
                .forEach(ring -> hazelcast.<byte[]>getRingbuffer(ring.getName()).add(new byte[] {99}));

        assertThatThrownBy(() -> history.read(channel, 0, 10).await()).hasMessageContaining("frame: version 99");
    }

    @Test
    void aMemberThatOnlyReads_letsGoOfWhatALeaderElsewhereDestroys() {
        History leading = open(members.start());
        ClusteredHistory reading = open(members.start());
        List<ChannelName> channels = channels("small.", 20).toList();
        channels.forEach(channel -> append(leading, channel, 1, 1));
        channels.forEach(channel -> reading.extent(channel).await());
        assertThat(reading.held()).isEqualTo(20);

        channels.subList(0, 15).forEach(channel -> leading.destroy(channel).await());

        Eventually.see("proxies that are left", Duration.ofSeconds(10), reading::held, held -> held == 5);
    }

    /** A ring takes the memory of all that it may ever keep, on two members. */
    @Test
    void askingForAndDestroyingAMissingHistory_createsNothing() {
        HazelcastInstance one = members.start();
        HazelcastInstance two = members.start();
        History history = open(one);
        channels("small.", 20).forEach(channel -> {
            assertThat(history.exists(channel)).isFalse();
            history.destroy(channel).await();
        });

        assertThat(Stream.of(one, two)
                        .flatMap(member -> member.getDistributedObjects().stream())
                        .filter(each -> each.getName().startsWith("sse.h.")))
                .isEmpty();
    }

    private ClusteredHistory open(HazelcastInstance member) {
        return ClusteredHistory.open(vertx, member, RULES).await();
    }

    private static Stream<ChannelName> channels(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> new ChannelName(prefix + i));
    }
}
