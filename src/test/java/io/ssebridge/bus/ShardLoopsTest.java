package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.event.Event;
import io.ssebridge.event.Receipt;
import io.ssebridge.hub.Hubs;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.LoopAudiences;
import io.ssebridge.hub.Owner;
import io.ssebridge.hub.StartPoint;
import io.ssebridge.hub.StreamForm;
import io.ssebridge.hub.StreamJoin;
import io.ssebridge.loop.LoopContexts;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.presence.PresenceOptions;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.testing.CapturedLog;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.FaultyHistory;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.RecordingStream;
import io.ssebridge.wire.Submission;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A node with channels on two event loops. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class ShardLoopsTest {
    private static final int EVENTS = 200;

    private Vertx vertx;
    private Context context;
    private OnContext owner;
    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ChannelRules rules = Histories.rules(2 * EVENTS, Duration.ofMinutes(10));
    private final FaultyHistory history = new FaultyHistory(rules);
    private final NodesAsTold nodes = new NodesAsTold("self");
    private BusNode node;

    private BusNode node() {
        nodes.see(Set.of("self"), Set.of("self"));
        return owner.call(() -> BusNode.open(
                vertx,
                2,
                nodes,
                rules,
                LimitOptions.DEFAULT,
                StreamOptions.DEFAULT,
                PresenceOptions.DEFAULT,
                history,
                Map.of(),
                clock,
                meters));
    }

    @BeforeEach
    void open(Vertx vertx) {
        this.vertx = vertx;
        context = vertx.getOrCreateContext();
        owner = new OnContext(context);
        node = node();
    }

    /** Returns different channels that one of the two event loops owns. */
    private static List<ChannelName> channels(int loop, int count) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> new ChannelName("channel" + i))
                .filter(name -> Shards.of(name) % 2 == loop)
                .limit(count)
                .toList();
    }

    private static List<ChannelName> channelsOfBoth() {
        List<ChannelName> all = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            all.add(channels(0, 3).get(i));
            all.add(channels(1, 3).get(i));
        }
        return all;
    }

    @Test
    void aStreamOfChannelsOnBothEventLoops_getsTheEventsOfEachInOrder() {
        List<ChannelName> channels = channelsOfBoth();
        RecordingStream out = new RecordingStream();
        LoopAudiences audiences = new LoopAudiences(
                context,
                rules,
                node.history(),
                StreamOptions.DEFAULT,
                clock,
                new StalledStreams(context, new StalledBytes(1 << 20, meters)),
                meters);
        StreamJoin joining = new StreamJoin(node.hubs(), node.history(), audiences, null, clock);
        Subscriber subscriber = owner.get(
                () -> new Subscriber(out, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), clock.elapsedMillis()));
        assertThat(owner.call(() -> joining.join(
                        subscriber,
                        channels,
                        new StartPoint(Optional.empty(), OptionalInt.empty(), OptionalLong.empty()),
                        Collections.nCopies(channels.size(), StreamForm.PLAIN),
                        new Event("stream-open", "{}", null))))
                .isPresent();

        List<Future<Receipt>> published = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            for (ChannelName channel : channels) {
                published.add(node.publish(channel, new Event(null, channel + " " + i, null), null));
            }
        }
        Future.all(published).await();
        List<String> data = Eventually.see(
                "all events",
                Duration.ofSeconds(20),
                () -> owner.get(() -> List.copyOf(out.data())),
                all -> all.size() == 1 + EVENTS * channels.size());
        for (ChannelName channel : channels) {
            assertThat(data)
                    .filteredOn(each -> each.startsWith(channel + " "))
                    .containsExactlyElementsOf(IntStream.range(0, EVENTS)
                            .mapToObj(i -> channel + " " + i)
                            .toList());
        }

        owner.run(subscriber::cut);
        Eventually.holds(
                "no live channel",
                Duration.ofSeconds(5),
                () -> owner.call(() -> node.hubs().channels()).isEmpty());
    }

    @Test
    void aRequestForChannelsOnBothEventLoops_getsItsReceiptsInOrder() {
        List<ChannelName> channels = channelsOfBoth();
        List<Publication> events = IntStream.range(0, 50)
                .mapToObj(i -> new Publication(new Event(null, "x" + i, null), null))
                .toList();

        List<Future<Receipt>> published = owner.call(() -> node.publish(channels, events));

        assertThat(published).hasSize(events.size() * channels.size());
        for (int i = 0; i < published.size(); i++) {
            Receipt receipt = published.get(i).result();
            assertThat(receipt.channel()).isEqualTo(channels.get(i % channels.size()));
            // The first frame of a history is not an event.
            assertThat(receipt.sequence()).isEqualTo(1 + i / channels.size());
        }
    }

    @Test
    void addressesThatSwapChannelsOfBothEventLoops_feedTheNewOnes() {
        ChannelName one = channels(0, 1).get(0);
        ChannelName two = channels(1, 1).get(0);
        for (int i = 0; i < 20; i++) {
            rules.replace(new ChannelRules(
                    List.of(literal(one, i % 2 == 0 ? "a" : "b"), literal(two, i % 2 == 0 ? "b" : "a"))));
            owner.call(node::rulesChanged);

            for (String address : List.of("a", "b", "a", "b")) {
                assertThat(receiptOf(address))
                        .as("channel that %s feeds, after %s changes", address, i)
                        .isEqualTo((address.equals("a") == (i % 2 == 0) ? one : two).toString());
            }
        }
    }

    /** The old channel opened the address after the new one, and closed it then: nobody consumed it any more. */
    @Test
    void anAddressThatMovesWhileItsOldChannelIsBeingOpened_feedsTheNewOne() {
        ChannelName one = channels(0, 1).get(0);
        ChannelName two = channels(1, 1).get(0);
        rules.replace(new ChannelRules(List.of(literal(one, "a"), literal(two, "b"))));
        owner.call(node::rulesChanged);
        publish(one).await();
        Promise<Void> loaded = Promise.promise();
        AtomicBoolean reads = new AtomicBoolean();
        history.nextRead(read -> {
            reads.set(true);
            return loaded.future().compose(go -> read.get());
        });
        rules.replace(new ChannelRules(List.of(literal(one, "c"), literal(two, "b"))));
        Future<Void> before = node.rulesChanged();
        Eventually.holds("the history is being read", Duration.ofSeconds(10), reads::get);

        rules.replace(new ChannelRules(List.of(literal(one, "d"), literal(two, "c"))));
        Future<Void> after = node.rulesChanged();
        Eventually.see("channel that c feeds", Duration.ofSeconds(10), () -> receiptOf("c"), two.toString()::equals);
        owner.run(loaded::complete);
        before.await();
        after.await();

        assertThat(List.of(receiptOf("c"), receiptOf("d"))).containsExactly(two.toString(), one.toString());
    }

    private static ChannelRule literal(ChannelName channel, String address) {
        return new ChannelRule(
                ChannelPattern.of(channel.toString()),
                ChannelPattern.of(address),
                null,
                Requirement.PUBLIC,
                Requirement.PUBLIC,
                new Retention(EVENTS, Duration.ofMinutes(10)),
                Duration.ZERO,
                0);
    }

    private String receiptOf(String address) {
        return vertx.eventBus()
                .<JsonObject>request(address, new JsonObject().put("data", "x"))
                .map(receipt -> receipt.body().getString("channel"))
                .otherwise(refused -> "none: " + refused.getMessage())
                .await();
    }

    /** The own event loop of the node has no turn here, but both event loops know it. */
    @Test
    void theLossOfMostNodes_countsAtOnceOnBothEventLoops() throws Exception {
        ChannelName channel = channels(1, 1).get(0);
        publish(channel).await();
        nodes.see(Set.of("self", "a", "b", "c", "d"), Set.of("self", "a", "b", "c", "d"));
        nodes.see(Set.of("self"), Set.of("self", "a", "b", "c", "d"));
        owner.run(() -> {});
        publish(channel).await();
        CountDownLatch over = owner.hold(() -> {});
        try {
            nodes.see(Set.of("self"), Set.of("self"));
            assertThatThrownBy(() -> publish(channel).await(5, TimeUnit.SECONDS))
                    .isInstanceOf(ReplyException.class)
                    .hasMessageContaining("waits for the cluster to confirm it");
        } finally {
            over.countDown();
        }
    }

    /** Thousands of streams that opened at once kept an event loop busy: the node acknowledged nothing for 40 s. */
    @Test
    void whileAnEventLoopIsBusy_theNodeDoesNotCountAsFrozen() throws Exception {
        ChannelName channel = channels(0, 1).get(0);
        publish(channel).await();
        try (CapturedLog log = new CapturedLog("io.ssebridge.membership", Level.INFO)) {
            long busySinceNanos = System.nanoTime();
            owner.run(() -> {
                while (System.nanoTime() - busySinceNanos
                        < Duration.ofSeconds(6).toNanos()) {
                    Thread.onSpinWait();
                }
            });
            publish(channel).await(5, TimeUnit.SECONDS);

            assertThat(log.lines()).isEmpty();
        }
    }

    @Test
    void aCallOnTheOtherEventLoop_failsWithAnAssertion() {
        List<Context> loops = LoopContexts.of(vertx, context, 2);
        Owner loop = new Owner(loops.get(0));
        owner.run(() -> {});
        OnContext other = new OnContext(loops.get(1));
        ChannelName channel = channels(0, 1).get(0);
        SharedMaps maps = SharedMaps.local(clock);
        LeaderClient leaders = new LeaderClient(
                loop, vertx, nodes, new Shards(new LoopThread(context), vertx, nodes, maps.leaders(), clock), clock);
        BusConsumers ofNode = new BusConsumers(loops.get(0), vertx, nodes);
        LoopConsumers consumers = new LoopConsumers(loop, loops.get(0), ofNode);
        PublishMeters published = new PublishMeters(meters);
        MessageReader messages = new MessageReader(1_000, published);
        Ingest ingest = new Ingest(
                loop,
                consumers,
                rules,
                messages,
                new EventPublisher(
                        rules,
                        messages,
                        new PerLoop<>(List.of(leaders)),
                        node.history(),
                        published,
                        new PublishSpans(vertx)),
                published);
        AttachmentRefresher attachments = new AttachmentRefresher(
                loop,
                new Hubs(
                        loop,
                        leaders,
                        node.history(),
                        StreamOptions.DEFAULT,
                        new ChannelRoom(rules, 10),
                        clock,
                        new SimpleMeterRegistry(),
                        new ChannelMeters(rules, new SimpleMeterRegistry())),
                leaders,
                clock);
        for (Supplier<Object> call : List.<Supplier<Object>>of(
                () -> leaders.publish(channel, Submission.of(channel, new Event(null, "x", null), null)),
                () -> leaders.tail(channel),
                () -> of(() -> leaders.detach(channel)),
                () -> of(leaders::nodesChanged),
                () -> consumers.open("address", "taker", message -> {}),
                () -> consumers.close("address", "taker"),
                () -> ingest.open(rules.all().get(0), channel),
                () -> ingest.close(rules.all().get(0), channel),
                () -> ingest.openShared(0),
                () -> ingest.closeShared(0),
                () -> ingest.answered(0),
                () -> of(attachments::attachAll),
                ofNode::registered)) {
            assertThatThrownBy(() -> other.run(() -> {
                        var unused = call.get();
                    }))
                    .hasCauseInstanceOf(AssertionError.class);
        }
    }

    private static Object of(Runnable call) {
        call.run();
        return call;
    }

    private Future<Receipt> publish(ChannelName channel) {
        return node.publish(channel, new Event(null, "x", null), null);
    }
}
