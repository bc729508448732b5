package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.Receipt;
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.LoopAudiences;
import io.ssebridge.membership.Shards;
import io.ssebridge.presence.PresenceOptions;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.ShardLoops;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A flood of names costs the rule that lets it in, and no other: three rules with variables and one without. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class ChannelLimitsTest {
    private static final int CHANNELS = 20;
    // Half of them, for one of three rules.
    private static final int SHARE = 3;
    private static final Duration TTL = Duration.ofMinutes(10);

    private Vertx vertx;
    private OnContext owner;
    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ChannelRules rules =
            new ChannelRules(List.of(rule("fixed"), rule("team.{name}"), rule("{a}.{b}"), rule("{a}.{b}.{c}")));
    private final NodesAsTold nodes = new NodesAsTold("self");
    private BusNode node;
    private LoopAudiences loop;

    private static ChannelRule rule(String channel) {
        return new ChannelRule(
                ChannelPattern.of(channel),
                ChannelPattern.of(channel),
                null,
                Requirement.PUBLIC,
                Requirement.PUBLIC,
                new Retention(16, TTL),
                ChannelRule.DEFAULT_LINGER,
                0);
    }

    private BusNode node() {
        nodes.see(Set.of("self"), Set.of("self"));
        LimitOptions limits =
                new LimitOptions(0, 0, 0, 10, CHANNELS, 10, 1_000_000, 1_000, 64 << 20, 1 << 30, 64 << 20, 64, 0, 0);
        return owner.call(() -> BusNode.open(
                vertx,
                ShardLoops.COUNT,
                nodes,
                rules,
                limits,
                StreamOptions.DEFAULT,
                PresenceOptions.DEFAULT,
                new MemoryHistory(rules),
                Map.of(),
                clock,
                meters));
    }

    @BeforeEach
    void open(Vertx vertx) {
        this.vertx = vertx;
        Context context = vertx.getOrCreateContext();
        owner = new OnContext(context);
        node = node();
        loop = new LoopAudiences(
                context,
                rules,
                node.history(),
                StreamOptions.DEFAULT,
                clock,
                new StalledStreams(context, new StalledBytes(1 << 20, meters)),
                meters);
    }

    @Test
    void readingAnUnknownChannel_opensNone() {
        for (int i = 0; i < 3 * CHANNELS; i++) {
            assertThat(read("read.n" + i).getJsonArray("events")).isEmpty();
            assertThat(isConsumed("read.n" + i)).isFalse();
        }
        assertThat(joined("stays.new")).isTrue();
    }

    @Test
    void readingAKnownChannel_showsItsEvents() {
        publish("read.known");

        assertThat(read("read.known").getJsonArray("events")).hasSize(1);
    }

    @Test
    void readingDoesNotKeepAChannel() {
        publish("read.kept");
        clock.pass(TTL.minusSeconds(1));
        assertThat(read("read.kept").getJsonArray("events")).hasSize(1);
        clock.pass(Duration.ofSeconds(2));

        Eventually.holds("nobody who consumes", Duration.ofSeconds(5), () -> !isConsumed("read.kept"));
    }

    @Test
    void subscribersOfSilentChannels_leavePublishersTheirRoom() {
        int joined = 0;
        while (joined("flood.n" + joined)) {
            joined++;
        }
        assertThat(joined).isEqualTo(CHANNELS - 2 * SHARE);

        for (int i = 0; i < 8; i++) {
            publish("team.n" + i);
            publish("other.n" + i);
        }
        assertThat(joined("team.n0")).isTrue();
        assertThat(joined("team.silent")).isTrue();
    }

    @Test
    void aPublisherInASilentChannel_needsRoomAmongThoseThatSpeak() {
        assertThat(joined("flood.n0")).isTrue();
        int published = 0;
        while (published("speak.n" + published)) {
            published++;
        }
        assertThat(published("flood.n0")).isFalse();

        clock.pass(TTL.plusSeconds(1));
        Eventually.holds("room", Duration.ofSeconds(5), () -> published("flood.n0"));
    }

    @Test
    void publishersOfOneRule_leaveTheOthersTheirShare() {
        int published = 0;
        while (published("flood.n" + published)) {
            published++;
        }
        assertThat(published).isEqualTo(CHANNELS - 2 * SHARE);

        for (int i = 0; i < SHARE; i++) {
            publish("team.n" + i);
        }
        publish("fixed");
    }

    /** An attacker opens streams with new names and leaves: the abandoned channels must not block other clients. */
    @Test
    void abandonedSilentChannels_makeRoomForNewOnes_theOldestFirst() {
        for (int i = 0; i < 5 * CHANNELS; i++) {
            assertThat(joined("flood.n" + i)).as("channel %d", i).isTrue();
            leave("flood.n" + i);
        }
        assertThat(isConsumed("flood.n0")).isFalse();
        assertThat(isConsumed("flood.n" + (5 * CHANNELS - 1))).isTrue();
    }

    /** An attacker chooses names of one event loop, so that the others have no channel to release. */
    @Test
    void abandonedSilentChannelsOfOneEventLoop_makeRoomForThoseOfAnother() {
        int room = CHANNELS - 2 * SHARE;
        List<String> flood = names("flood.", 1).limit(room).toList();
        flood.forEach(name -> assertThat(joined(name)).as(name).isTrue());
        flood.forEach(this::leave);

        // The leader, on its own event loop, may hear only now that nobody is subscribed.
        names("other.", 0)
                .limit(room)
                .forEach(name -> Eventually.holds("room for " + name, Duration.ofSeconds(5), () -> joined(name)));
    }

    private static Stream<String> names(String prefix, int loop) {
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> prefix + "n" + i)
                .filter(name -> Shards.of(new ChannelName(name)) % ShardLoops.COUNT == loop % ShardLoops.COUNT);
    }

    @Test
    void abandonedChannelsOfARule_makeRoomForAnothers() {
        for (int i = 0; i < CHANNELS; i++) {
            assertThat(joined("flood.n" + i)).isTrue();
            leave("flood.n" + i);
        }
        for (int i = 0; i < CHANNELS / 2; i++) {
            assertThat(joined("team.n" + i)).as("channel %d", i).isTrue();
        }
    }

    @Test
    void aChannelWithSubscribers_orWithEvents_makesRoomForNone() {
        assertThat(joined("kept.subscribed")).isTrue();
        publish("kept.published");
        for (int i = 0; i < 2 * CHANNELS; i++) {
            assertThat(joined("flood.n" + i)).isTrue();
            leave("flood.n" + i);
        }
        assertThat(isConsumed("kept.subscribed")).isTrue();
        assertThat(isConsumed("kept.published")).isTrue();
    }

    /** As before: a returning client finds the events that were sent meanwhile. */
    @Test
    void anAbandonedSilentChannel_keepsItsAddressForItsTimeToLive() {
        assertThat(joined("flood.n")).isTrue();
        leave("flood.n");
        clock.pass(TTL.minusSeconds(1));
        assertThat(joined("flood.other")).isTrue();
        assertThat(isConsumed("flood.n")).isTrue();

        // The leader, on its own event loop, may hear only now that nobody is subscribed.
        Eventually.holds("nobody who consumes", Duration.ofSeconds(5), () -> {
            clock.pass(TTL);
            return !isConsumed("flood.n");
        });
    }

    @Test
    void aWallClockThatIsSetForwards_letsNothingGo() {
        publish("kept.a");
        clock.stepWallClock(TTL.multipliedBy(2));
        OnContext.await(owner.begin(() -> vertx.timer(600).mapEmpty()));

        assertThat(isConsumed("kept.a")).isTrue();
    }

    @Test
    void aClientThatOpensTooManyNewChannels_isToldWhenToComeAgain() {
        for (int i = 0; i < 10; i++) {
            assertThat(admit("new.n" + i, "10.0.0.1")).isTrue();
        }
        assertThat(admission("new.n10", "10.0.0.1"))
                .isInstanceOfSatisfying(
                        Admission.OverLimit.class,
                        refused -> assertThat(refused.retryAfter()).isEqualTo(Duration.ofMinutes(1)));
        assertThat(admit("new.n10", "10.0.0.2")).as("another client").isTrue();
        clock.pass(Duration.ofMinutes(1));
        assertThat(admit("new.n10", "10.0.0.1")).isTrue();
    }

    /** Clients that come to another node after their own has died bring no new channel, however many share an address. */
    @Test
    void aChannelInUse_isNotNew() {
        assertThat(joined("used.live")).isTrue();
        publish("used.published");
        assertThat(joined("used.abandoned")).isTrue();
        leave("used.abandoned");
        for (int i = 0; i < 100; i++) {
            assertThat(admit("used.live", "10.0.0.1")).isTrue();
            assertThat(admit("used.published", "10.0.0.1")).isTrue();
            assertThat(admit("used.abandoned", "10.0.0.1")).isTrue();
            assertThat(admit("fixed", "10.0.0.1")).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sse.publish", "sse.history", "sse.node.self", "__vertx.reply"})
    void noDoorLetsAReservedAddressIn(String name) {
        ChannelName channel = new ChannelName(name);
        assertRefused(begin(channel));
        assertRefused(node.history(channel, page(), EventFilter.EVERYTHING));
        assertRefused(request("sse.publish", new DeliveryOptions().addHeader("channel", name)));
        assertRefused(vertx.eventBus().request("sse.history", new JsonObject().put("channel", name)));
        assertThat(joined(name)).isFalse();

        // The bridge still consumes its own addresses.
        assertThat(request("sse.publish", new DeliveryOptions().addHeader("channel", "fixed"))
                        .await())
                .isNotNull();
        assertThat(vertx.eventBus()
                        .request("sse.history", new JsonObject().put("channel", "fixed"))
                        .await())
                .isNotNull();
    }

    private static void assertRefused(Future<?> asked) {
        assertThatThrownBy(() -> asked.await())
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.BAD_REQUEST))
                .hasMessageContaining("reserved");
    }

    private Future<?> request(String address, DeliveryOptions options) {
        return vertx.eventBus().request(address, "hello", options);
    }

    private boolean isConsumed(String address) {
        try {
            var unused = request(address, new DeliveryOptions().addHeader("retry", "no number"))
                    .await();
            return true;
        } catch (ReplyException e) {
            // Refused without counting as a use, if it is consumed.
            return e.failureCode() == Refusals.BAD_REQUEST;
        }
    }

    private void publish(String channel) {
        assertThat(begin(new ChannelName(channel)).await().channel().value()).isEqualTo(channel);
    }

    private boolean published(String channel) {
        return begin(new ChannelName(channel))
                .map(true)
                .recover(ChannelLimitsTest::refusedAsTooMany)
                .await();
    }

    private static Future<Boolean> refusedAsTooMany(Throwable failure) {
        assertThat(failure)
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.TOO_MANY));
        return Future.succeededFuture(false);
    }

    private Future<Receipt> begin(ChannelName channel) {
        return node.publish(channel, new Event(null, "x", null), null);
    }

    private JsonObject read(String channel) {
        return node.history(new ChannelName(channel), page(), EventFilter.EVERYTHING)
                .await();
    }

    private static HistoryPage page() {
        return new HistoryPage(Optional.empty(), OptionalInt.empty(), OptionalLong.empty(), 10);
    }

    private boolean admit(String channel, String client) {
        return admission(channel, client) instanceof Admission.Admitted;
    }

    private Admission admission(String channel, String client) {
        return node.admit(List.of(new ChannelName(channel)), client).await();
    }

    private boolean joined(String channel) {
        @Nullable
        Object tails = node.hubs()
                .join(List.of(new ChannelName(channel)), loop)
                .<@Nullable Object>map(joined -> joined)
                .otherwiseEmpty()
                .await();
        return tails != null;
    }

    private void leave(String channel) {
        node.hubs().leave(List.of(new ChannelName(channel)), loop);
        // The leader is told by a message.
        owner.run(() -> {});
    }
}
