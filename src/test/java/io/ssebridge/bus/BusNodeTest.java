package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Profile;
import io.ssebridge.event.Receipt;
import io.ssebridge.history.Replay;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.LoopAudiences;
import io.ssebridge.membership.Shards;
import io.ssebridge.presence.PresenceOptions;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.FaultyHistory;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.NodesAsTold;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.ShardLoops;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A node without others, and the bounds that it keeps. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class BusNodeTest {
    private static final ChannelName NEWS = new ChannelName("news");
    private static final int MAX_CHANNELS = 3;

    private Vertx vertx;
    private Context context;
    private OnContext owner;
    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ChannelRules rules = Histories.rules(64, Duration.ofMinutes(10));
    private final FaultyHistory history = new FaultyHistory(rules);
    private final NodesAsTold nodes = new NodesAsTold("self");
    private BusNode node;
    private LoopAudiences loop;

    private BusNode node() {
        nodes.see(Set.of("self"), Set.of("self"));
        LimitOptions limits =
                new LimitOptions(0, 0, 0, 10, MAX_CHANNELS, 0, 1_000_000, 1_000, 64 << 20, 1 << 30, 64 << 20, 64, 0, 0);
        return owner.call(() -> BusNode.open(
                vertx,
                ShardLoops.COUNT,
                nodes,
                rules,
                limits,
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
    void afterAMerge_subscribersStandWhereTheHistoryIs() {
        publish(NEWS);
        publish(NEWS);
        assertThat(join(NEWS)).isInstanceOf(Cursor.At.class);
        owner.run(() -> {
            history.lose();
            Histories.append(history.kept(), NEWS, clock.millis(), 101, 102, 103, 104);
        });

        nodes.merge();
        Eventually.see(
                "the history of the others",
                Duration.ofSeconds(3),
                () -> join(NEWS),
                Histories.afterEvents(101, 102, 103, 104)::equals);
    }

    @Test
    void aNodeThatHasLostMostOfTheOthers_acknowledgesNothing() {
        begin(NEWS, "key").await();
        see(Set.of("self", "a", "b", "c", "d"));
        see(Set.of("self"));

        assertThatThrownBy(() -> begin(NEWS).await(5, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.UNAVAILABLE))
                .hasMessageContaining("waits for the cluster to confirm it");
        // An event that it has already appended is not acknowledged either: the others may have another history.
        assertThatThrownBy(() -> begin(NEWS, "key").await(5, TimeUnit.SECONDS))
                .hasMessageContaining("waits for the cluster to confirm it");
    }

    @Test
    void anAppendInFlightWhenMostOfTheOthersAreLost_isNotAcknowledged() {
        see(Set.of("self", "a", "b"));
        // It leads all of them, and the others still count.
        nodes.see(Set.of("self"), Set.of("self", "a", "b"));
        publish(NEWS);
        Promise<Void> gate = owner.get(history::holdNextAnswer);
        Future<Receipt> inFlight = begin(NEWS);
        Eventually.holds(
                "the append", Duration.ofSeconds(3), () -> history.batches().size() == 2);
        owner.run(() -> nodes.whenLookedAt(() -> {
            nodes.see(Set.of("self"), Set.of("self"));
            return vertx.timer(1).mapEmpty();
        }));
        owner.run(gate::complete);

        assertThatThrownBy(() -> inFlight.await(5, TimeUnit.SECONDS))
                .hasMessageContaining("waits for the cluster to confirm it");
    }

    /** One that was frozen would take the word of a node that has just given it up. */
    @Test
    void onlyAMember_isToldThatItIsOne() {
        vertx.eventBus().consumer(Wire.node("a"), message -> message.reply(null));
        see(Set.of("self", "a"));
        assertThat(ping("a").succeeded()).isTrue();
        see(Set.of("self"));

        assertThat(ping("a").cause()).hasMessageContaining("no member of this cluster");
    }

    private Future<?> ping(String asker) {
        Future<Object> answered = vertx.eventBus()
                .request(Wire.node("self"), null, Wire.options(Operation.PING, asker, 0))
                .mapEmpty();
        Eventually.holds("an answer", Duration.ofSeconds(3), answered::isComplete);
        return answered;
    }

    @Test
    void moreChannelsThanAreAllowed_areNotLed() {
        IntStream.range(0, MAX_CHANNELS).forEach(i -> publish(new ChannelName("channel" + i)));

        assertThatThrownBy(() -> publish(NEWS)).hasMessageContaining("limits.channels");
    }

    @Test
    void moreChannelsThanAreAllowed_areNotLive() {
        // They are led by others here, so that only live channels count.
        List<ChannelName> channels = IntStream.rangeClosed(0, MAX_CHANNELS)
                .mapToObj(i -> new ChannelName("channel" + i))
                .toList();

        assertThatThrownBy(() -> owner.call(() -> node.hubs().join(channels, loop)))
                .hasMessageContaining("channels are live here");
    }

    @Test
    void moreEventsThanMayWaitForALeader_areRefused() {
        publish(NEWS);
        Promise<Void> gate = owner.get(history::holdNextAppend);
        List<Future<Receipt>> waiting = new ArrayList<>();
        IntStream.rangeClosed(0, 10_000).forEach(i -> waiting.add(begin(NEWS)));

        assertThatThrownBy(() -> begin(NEWS).await(5, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.TOO_MANY));
        owner.run(gate::complete);
        assertThat(Future.all(waiting).await().succeeded()).isTrue();
    }

    @Test
    void aNumberThatIsTooLarge_isABadRequest() {
        for (String key : List.of("last", "limit")) {
            for (long number : new long[] {1L << 31, Long.MAX_VALUE, -1, -1L << 40}) {
                JsonObject question = new JsonObject().put("channel", "news").put(key, number);
                assertThatThrownBy(() -> vertx.eventBus()
                                .request("sse.history", question)
                                .await())
                        .isInstanceOfSatisfying(
                                ReplyException.class,
                                refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.BAD_REQUEST))
                        .hasMessageContaining(key + ": " + number + " (expected: ");
            }
        }
        JsonObject all = new JsonObject().put("channel", "news").put("last", Integer.MAX_VALUE);
        publish(NEWS);
        assertThat(page(all).getJsonArray("events")).hasSize(1);
    }

    @Test
    void idsOfChannelsWithoutAHistory_makeNone() {
        ChannelName never = new ChannelName("never");
        String forged = EventId.encode(List.of(never), List.of(new Cursor.At(5, 77)));

        JsonObject page = page(new JsonObject().put("channel", "never").put("after", forged));
        assertThat(page.getString("reset")).isEqualTo("lost");
        assertThat(page.getJsonArray("events")).isEmpty();
        Cursor tail = join(never);
        assertThat(node.history()
                        .resume(never, new Cursor.At(5, 77), tail)
                        .await()
                        .reset())
                .contains(Replay.Reason.LOST);
        assertThat(history.exists(never)).isFalse();
        assertThat(history.readings()).isZero();
    }

    @Test
    void aPersonalEvent_isOnlyInThePagesOfItsReaders_evenIfAllAskAtOnce() {
        send("all", new DeliveryOptions());
        send("alice", new DeliveryOptions().addHeader("to", "{\"sub\":\"alice\"}"));
        send("not bob", new DeliveryOptions().addHeader("except", "{\"sub\":\"bob\"}"));
        Map<String, List<Future<JsonObject>>> pages = new HashMap<>();
        for (String subject : List.of("alice", "bob", "carol")) {
            EventFilter filter = EventFilter.of(Profile.of(subject, Map.of()));
            List<Future<JsonObject>> own = new ArrayList<>();
            own.add(node.history(
                    NEWS, new HistoryPage(Optional.empty(), OptionalInt.empty(), OptionalLong.empty(), 9), filter));
            own.add(node.history(
                    NEWS, new HistoryPage(Optional.empty(), OptionalInt.of(2), OptionalLong.empty(), 9), filter));
            pages.put(subject, own);
        }

        assertThat(texts(pages, "alice", 0)).containsExactly("all", "alice", "not bob");
        assertThat(texts(pages, "alice", 1)).containsExactly("alice", "not bob");
        assertThat(texts(pages, "bob", 0)).containsExactly("all");
        assertThat(texts(pages, "bob", 1)).containsExactly("all");
        assertThat(texts(pages, "carol", 0)).containsExactly("all", "not bob");
        assertThat(texts(pages, "carol", 1)).containsExactly("all", "not bob");
        assertThat(Objects.requireNonNull(pages.get("alice")).get(0).await().encode())
                .doesNotContain("\"to\"", "except");
        // A service on the event bus is trusted, and learns for whom an event is.
        JsonArray all = page(new JsonObject().put("channel", "news")).getJsonArray("events");
        assertThat(all.getJsonObject(0).containsKey("to")).isFalse();
        assertThat(all.getJsonObject(1).getJsonObject("to")).isEqualTo(new JsonObject().put("sub", "alice"));
        assertThat(all.getJsonObject(2).getJsonObject("except")).isEqualTo(new JsonObject().put("sub", "bob"));
    }

    private static List<String> texts(Map<String, List<Future<JsonObject>>> pages, String subject, int index) {
        return Objects.requireNonNull(pages.get(subject)).get(index).await().getJsonArray("events").stream()
                .map(event -> ((JsonObject) event).getString("data"))
                .toList();
    }

    private void send(String data, DeliveryOptions options) {
        var unused = vertx.eventBus()
                .request("sse.publish", data, options.addHeader("channel", "news"))
                .await();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "to | x | to: malformed JSON",
                "to | {} | to: is empty (expected: at least one value)",
                "except | {\"a\":[]} | except: has a value that is not a text, a number or a boolean",
                "except | {\"sub\":1} | except.sub: is not a text",
            })
    void aWrongSelector_isRefusedWithItsHeader(String header, String value, String message) {
        assertThatThrownBy(() -> send("x", new DeliveryOptions().addHeader(header, value)))
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.BAD_REQUEST))
                .hasMessage(message);
    }

    private JsonObject page(JsonObject question) {
        return (JsonObject)
                vertx.eventBus().request("sse.history", question).await().body();
    }

    @Test
    void moreReadingsThanMayWait_areRefused_asUnavailable() {
        publish(NEWS);
        List<Promise<Void>> gates = new ArrayList<>();
        owner.run(() -> {
            for (int i = 0; i < 64; i++) {
                Promise<Void> gate = Promise.promise();
                gates.add(gate);
                history.nextRead(read -> gate.future().compose(open -> read.get()));
            }
        });
        List<Future<JsonObject>> pages = new ArrayList<>();
        for (int i = 1; i <= 64 + 1_600 + 5; i++) {
            HistoryPage page = new HistoryPage(Optional.empty(), OptionalInt.of(i), OptionalLong.empty(), 1);
            pages.add(node.history(NEWS, page, EventFilter.EVERYTHING));
        }
        Eventually.see(
                "refusals",
                Duration.ofSeconds(20),
                () -> pages.stream().filter(Future::failed).count(),
                refused -> refused == 5);
        assertThat(pages.stream().filter(Future::failed).map(Future::cause))
                .allSatisfy(refused -> assertThat(refused)
                        .isInstanceOfSatisfying(
                                ReplyException.class,
                                reply -> assertThat(reply.failureCode()).isEqualTo(Refusals.UNAVAILABLE))
                        .hasMessageContaining("readings of histories wait"));
        // The leader does not wait for them.
        publish(NEWS);

        owner.run(() -> gates.forEach(Promise::complete));
        Eventually.holds(
                "the others", Duration.ofSeconds(20), () -> pages.stream().allMatch(Future::isComplete));
        assertThat(pages.stream().filter(Future::succeeded)).hasSize(64 + 1_600);
    }

    /** The client was told that its event was not published. */
    @Test
    void aHistoryThatFails_isUnavailable() {
        publish(NEWS);
        owner.run(() -> history.nextRead(read -> Future.failedFuture("the member has left")));

        assertThatThrownBy(() ->
                        node.history(NEWS, since(1), EventFilter.EVERYTHING).await(5, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.UNAVAILABLE))
                .hasMessage("the history cannot be read now");
    }

    /** Pages of a frozen member's histories kept the readers of all other channels waiting. */
    @Test
    void pagesOfAHistoryThatDoesNotAnswer_giveTheirPlacesToOthers() {
        ChannelName sport = new ChannelName("sport");
        publish(NEWS);
        publish(sport);
        List<Promise<Void>> gates = new ArrayList<>();
        owner.run(() -> {
            for (int i = 0; i < 64; i++) {
                Promise<Void> gate = Promise.promise();
                gates.add(gate);
                history.nextRead(read -> gate.future().compose(open -> read.get()));
            }
        });
        List<Future<JsonObject>> frozen = IntStream.rangeClosed(1, 64)
                .mapToObj(i -> node.history(NEWS, since(i), EventFilter.EVERYTHING))
                .toList();
        Eventually.holds("all places taken", Duration.ofSeconds(10), () -> gauge("sse.history.pages") == 64);
        Future<JsonObject> other = node.history(sport, since(1), EventFilter.EVERYTHING);
        Eventually.holds("one that waits", Duration.ofSeconds(10), () -> gauge("sse.history.pages.waiting") == 1);

        clock.pass(Duration.ofSeconds(3));
        Eventually.holds("the other page", Duration.ofSeconds(10), other::succeeded);
        assertThat(frozen).noneMatch(Future::isComplete);
        owner.run(() -> gates.forEach(Promise::complete));
        Eventually.holds(
                "the late pages", Duration.ofSeconds(10), () -> frozen.stream().allMatch(Future::succeeded));
        assertThat(gauge("sse.history.pages")).isZero();
    }

    private static HistoryPage since(long millis) {
        return new HistoryPage(Optional.empty(), OptionalInt.empty(), OptionalLong.of(millis), 1);
    }

    private double gauge(String name) {
        return meters.get(name).gauge().value();
    }

    /** 50,000 events of one request kept the node's context busy for seconds. */
    @Test
    void manyEventsOfOneRequest_letOthersHaveTheirTurn() {
        // Its event loop is the one that is watched here.
        ChannelName channel = IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> new ChannelName("channel" + i))
                .filter(name -> Shards.of(name) % ShardLoops.COUNT == 0)
                .findFirst()
                .orElseThrow();
        publish(channel);
        List<Integer> appendedAtTheNextTurn = new ArrayList<>();
        Future<List<Future<Receipt>>> published = owner.get(() -> {
            Future<List<Future<Receipt>>> begun = node.publish(List.of(channel), events(1_000));
            context.runOnContext(next -> appendedAtTheNextTurn.add(appended()));
            return begun;
        });

        assertThat(published.await())
                .hasSize(1_000)
                .allMatch(Future::succeeded)
                .extracting(each -> each.result().sequence())
                .isSorted();
        assertThat(appended()).isGreaterThan(1_000);
        assertThat(appendedAtTheNextTurn.get(0)).isLessThanOrEqualTo(2 + 64);
    }

    private int appended() {
        return history.batches().stream().mapToInt(Integer::intValue).sum();
    }

    @Test
    void eventsThatTheNodeHasNoMemoryFor_areRefusedAsAWhole_untilOthersAreDone() {
        publish(NEWS);
        Promise<Void> gate = owner.get(history::holdNextAppend);
        Publication large = new Publication(new Event(null, "x".repeat(999_000), null), null);
        List<Future<List<Future<Receipt>>>> begun = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            begun.add(node.publish(List.of(NEWS), List.of(large, large)));
        }
        Eventually.holds("a refusal", Duration.ofSeconds(3), () -> begun.get(39).failed());

        assertThat(begun.get(39).cause())
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refused -> assertThat(refused.failureCode()).isEqualTo(Refusals.TOO_MANY));
        owner.run(gate::complete);
        assertThat(begun.get(0).await()).allMatch(Future::succeeded);
        Eventually.holds(
                "room again",
                Duration.ofSeconds(3),
                () -> node.publish(List.of(NEWS), events(1))
                        .transform(Future::succeededFuture)
                        .await()
                        .succeeded());
    }

    private static List<Publication> events(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Publication(new Event(null, "x", null), null))
                .toList();
    }

    private void see(Set<String> present) {
        nodes.see(present, present);
        owner.run(() -> {});
    }

    private void publish(ChannelName channel) {
        assertThat(begin(channel).await().channel()).isEqualTo(channel);
    }

    private Future<Receipt> begin(ChannelName channel) {
        return begin(channel, null);
    }

    private Future<Receipt> begin(ChannelName channel, @Nullable String key) {
        return node.publish(channel, new Event(null, "x", null), key);
    }

    private Cursor join(ChannelName channel) {
        return owner.call(() -> node.hubs().join(List.of(channel), loop)).get(0);
    }
}
