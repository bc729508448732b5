package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.PersonalizeRule;
import io.ssebridge.channel.PersonalizeRule.Failure;
import io.ssebridge.channel.PresenceRule;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.channel.RuleHooks;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.Profile;
import io.ssebridge.event.Selector;
import io.ssebridge.history.HistoryReader.EventPage;
import io.ssebridge.history.PersonalData;
import io.ssebridge.history.PublishedEvent;
import io.ssebridge.hub.LiveChannels.Stream;
import io.ssebridge.personal.PersonalQuestion;
import io.ssebridge.testing.EventStreamParser;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.ReceivedEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The data of an event depends on the reader: live, at replay, and after any cut, each reader gets its own data. */
@ExtendWith(VertxExtension.class)
@Timeout(120)
class PersonalizedChannelTest {
    private static final ChannelName PRICES = new ChannelName("prices");
    private static final ChannelName TICKS = new ChannelName("ticks");
    private static final ChannelName NEWS = new ChannelName("news");
    private static final String SERVICE = "prices.personal";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int CUTS = 400;

    private static final StreamForm GOLD = of("alice", "gold");
    private static final StreamForm SILVER = of("bob", "silver");
    private static final StreamForm ANYONE = StreamForm.PLAIN;

    // Both on the event loop.
    private final List<PersonalQuestion> questions = new ArrayList<>();
    private final List<Runnable> held = new ArrayList<>();
    private boolean hold;

    private final Vertx vertx;
    private final LiveChannels channels;

    PersonalizedChannelTest(Vertx vertx) {
        this.vertx = vertx;
        this.channels = new LiveChannels(vertx, rules(Failure.WITHHOLD), SERVICE, this::answer);
    }

    private static StreamForm of(String subject, String tier) {
        return StreamForm.PLAIN.with(Profile.of(subject, Map.of("tier", tier)));
    }

    private static ChannelRules rules(Failure onFailure) {
        PersonalizeRule personalize = new PersonalizeRule(List.of("tier"), SERVICE, Duration.ofSeconds(5), onFailure);
        Retention kept = new Retention(100_000, Duration.ofMinutes(10));
        return new ChannelRules(List.of(
                rule(PRICES, kept, personalize),
                rule(TICKS, Retention.NONE, personalize),
                Histories.rule("**", 100_000, Duration.ofMinutes(10))));
    }

    private static ChannelRule rule(ChannelName channel, Retention history, PersonalizeRule personalize) {
        return new ChannelRule(
                ChannelPattern.of(channel.value()),
                null,
                null,
                Requirement.PUBLIC,
                Requirement.PUBLIC,
                history,
                Duration.ZERO,
                0,
                PresenceRule.DEFAULT,
                null,
                personalize,
                RuleHooks.NONE,
                false);
    }

    /** Gold gets every event, silver all but each third, and readers without a tier each second one. */
    private static Optional<Object> dataFor(String tier, String text) {
        int number = Integer.parseInt(text);
        boolean withheld = tier.equals("silver") && number % 3 == 0 || tier.equals("none") && number % 2 == 0;
        return withheld ? Optional.empty() : Optional.of(tier + " " + number);
    }

    private Future<Optional<Object>> answer(PersonalQuestion question) {
        questions.add(question);
        Optional<Object> data = dataFor(
                question.properties().getString("tier", "none"),
                question.event().data());
        if (!hold) {
            return Future.succeededFuture(data);
        }
        Promise<Optional<Object>> later = Promise.promise();
        held.add(() -> later.complete(data));
        return later.future();
    }

    private void publish(int... numbers) {
        for (int number : numbers) {
            channels.publish(PRICES, new Event(null, Integer.toString(number), null));
        }
    }

    private void hold(boolean now) {
        channels.run(() -> hold = now);
    }

    private void release() {
        channels.run(this::releaseNow);
        channels.settle();
    }

    private void releaseNow() {
        List<Runnable> all = List.copyOf(held);
        held.clear();
        all.forEach(Runnable::run);
    }

    private int asked() {
        int[] size = new int[1];
        channels.run(() -> size[0] = questions.size());
        return size[0];
    }

    @Test
    void eachReader_getsItsOwnData_liveAndAtReplay_forOneQuestionEach() {
        publish(1);
        List<Stream> gold = IntStream.range(0, 30)
                .mapToObj(i -> channels.open(LiveChannels.LIVE, of("alice " + i, "gold"), PRICES))
                .toList();
        Stream silver = channels.open(LiveChannels.LIVE, SILVER, PRICES);
        Stream anyone = channels.open(LiveChannels.LIVE, ANYONE, PRICES);
        publish(2, 3, 4, 5);

        assertThat(gold)
                .allSatisfy(each ->
                        assertThat(channels.data(each)).containsExactly("gold 2", "gold 3", "gold 4", "gold 5"));
        assertThat(channels.data(silver)).containsExactly("silver 2", "silver 4", "silver 5");
        assertThat(channels.data(anyone)).containsExactly("none 3", "none 5");
        assertThat(asked()).isEqualTo(4 * 3);

        String cut = channels.ids(silver).get(1);
        assertThat(channels.data(channels.open(LiveChannels.after(cut), SILVER, PRICES)))
                .containsExactly("silver 4", "silver 5");
        // Answers are kept, and the reader's properties of now count.
        assertThat(channels.data(channels.open(LiveChannels.after(cut), GOLD, PRICES)))
                .containsExactly("gold 3", "gold 4", "gold 5");
        assertThat(asked()).isEqualTo(4 * 3);
        assertThat(channels.data(channels.open(LiveChannels.oldest(), GOLD, PRICES)))
                .containsExactly("gold 1", "gold 2", "gold 3", "gold 4", "gold 5");
        assertThat(channels.data(channels.open(LiveChannels.last(2), ANYONE, PRICES)))
                .containsExactly("none 3", "none 5");
    }

    @Test
    void aReaderThatGetsOtherProperties_getsTheNextEventsByThem() {
        publish(0);
        Stream other = channels.open(LiveChannels.LIVE, GOLD, PRICES);
        Stream stream = channels.open(LiveChannels.LIVE, GOLD, PRICES, NEWS);
        publish(1);
        channels.readAs(stream, Profile.of("alice", Map.of("tier", "silver")));
        publish(2, 3);
        // The part that the service asks for is the same.
        channels.readAs(stream, Profile.of("alice", Map.of("tier", "silver", "level", 3)));
        publish(4);
        channels.readAs(stream, Profile.of("alice", Map.of("tier", "gold")));
        publish(6);
        channels.publish(NEWS, new Event(null, "news", null));

        assertThat(channels.data(stream)).containsExactly("gold 1", "silver 2", "silver 4", "gold 6", "news");
        assertThat(channels.data(other)).containsExactly("gold 1", "gold 2", "gold 3", "gold 4", "gold 6");
        channels.run(() -> stream.subscriber().cut());
        channels.run(() -> other.subscriber().cut());
        channels.settle();
        assertThat(channels.liveHere()).as("channels that are left").isEmpty();
    }

    @Test
    void withoutAHistoryToo_theNextEventsFollowOtherProperties() {
        Stream stream = channels.open(LiveChannels.LIVE, GOLD, TICKS);
        channels.publish(TICKS, new Event(null, "1", null));
        channels.readAs(stream, Profile.of("alice", Map.of("tier", "silver")));
        channels.publish(TICKS, new Event(null, "2", null));

        assertThat(channels.data(stream)).containsExactly("gold 1", "silver 2");
    }

    @Test
    void aReaderThatGetsOtherProperties_whileTheServiceThinks_getsEachEventOnce() {
        publish(0);
        Stream stream = channels.open(LiveChannels.LIVE, GOLD, PRICES);
        hold(true);
        publish(1, 2);
        hold(false);
        channels.readAs(stream, Profile.of("alice", Map.of("tier", "silver")));
        publish(4);
        release();

        assertThat(channels.data(stream)).containsExactly("silver 1", "silver 2", "silver 4");
    }

    @Test
    void aReaderThatGetsOtherProperties_whileItsHistoryIsRead_getsEachEventOnce() {
        publish(0, 1, 2);
        hold(true);
        Stream stream = channels.open(LiveChannels.oldest(), GOLD, PRICES);
        // Waits for the same reading, and keeps the readers with these properties.
        Stream other = channels.open(LiveChannels.oldest(), GOLD, PRICES);
        channels.readAs(stream, Profile.of("alice", Map.of("tier", "silver")));
        hold(false);
        release();
        publish(4);

        assertThat(channels.data(stream)).containsExactly("silver 1", "silver 2", "silver 4");
        assertThat(channels.data(other)).containsExactly("gold 0", "gold 1", "gold 2", "gold 4");
    }

    @Test
    void fiveThousandSubscribersOfThreeTiers_costThreeQuestionsAnEvent() {
        publish(0);
        List<Stream> streams = new ArrayList<>();
        channels.run(() -> IntStream.range(0, 5_000).forEach(i -> {
            StreamForm form = i % 3 == 0 ? ANYONE : of("reader " + i, i % 3 == 1 ? "gold" : "silver");
            streams.add(channels.openNow(LiveChannels.LIVE, form, PRICES));
        }));
        channels.settle();
        publish(1);

        assertThat(asked()).isEqualTo(3);
        List<String> due = List.of("none 1", "gold 1", "silver 1");
        channels.run(() -> IntStream.range(0, 5_000)
                .forEach(i -> assertThat(streams.get(i).out().data().get(1)).isEqualTo(due.get(i % 3))));
    }

    @Test
    void aQuestion_saysWhatTheServiceNeeds() {
        var unused = channels.open(LiveChannels.LIVE, SILVER, PRICES);
        channels.publish(PRICES, Event.published("tick", "7", null));

        channels.run(() -> {
            PersonalQuestion question = questions.get(0);
            assertThat(question.channel()).isEqualTo("prices");
            assertThat(question.event().name()).isEqualTo("tick");
            assertThat(question.event().data()).isEqualTo("7");
            assertThat(question.id()).isPresent();
            assertThat(question.sequence()).hasValue(1);
            assertThat(question.properties()).isEqualTo(new JsonObject().put("tier", "silver"));
        });
    }

    @Test
    void aLateAnswer_delaysItsReadersOnly_andChangesNoOrder() {
        publish(0);
        channels.publish(NEWS, new Event(null, "0", null));
        Stream gold = channels.open(LiveChannels.LIVE, GOLD, PRICES, NEWS);
        hold(true);
        publish(1);
        hold(false);
        publish(2);
        channels.publish(NEWS, new Event(null, "news", null));
        Stream silver = channels.open(LiveChannels.LIVE, SILVER, PRICES);
        publish(4);

        assertThat(channels.data(gold)).containsExactly("news");
        assertThat(channels.data(silver)).containsExactly("silver 4");
        release();
        assertThat(channels.data(gold)).containsExactly("news", "gold 1", "gold 2", "gold 4");
    }

    @Test
    void aStreamThatJoinsWhileAnAnswerIsLate_getsTheNextEvents() {
        publish(0);
        Stream early = channels.open(LiveChannels.LIVE, GOLD, PRICES);
        hold(true);
        publish(1);
        Stream late = channels.open(LiveChannels.LIVE, GOLD, PRICES);
        publish(2);
        release();

        assertThat(channels.data(early)).containsExactly("gold 1", "gold 2");
        assertThat(channels.data(late)).containsExactly("gold 2");
    }

    @Test
    void aQuestionInFlight_isNotAskedAgain() {
        publish(0);
        Stream live = channels.open(LiveChannels.LIVE, GOLD, PRICES);
        hold(true);
        publish(1);
        assertThat(asked()).isEqualTo(1);
        // Streams share the live question anyway. Pages of the history are read by themselves.
        List<Future<EventPage>> pages = new ArrayList<>();
        Cursor tail = channels.tailOf(PRICES);
        channels.run(() -> IntStream.range(0, 2).forEach(i -> pages.add(pageOf("reader " + i, "gold", tail))));
        channels.settle();
        assertThat(asked()).isEqualTo(2);
        hold(false);
        release();

        assertThat(channels.data(live)).containsExactly("gold 1");
        for (Future<EventPage> page : pages) {
            assertThat(page.await().events())
                    .extracting(frame -> frame.event().data())
                    .containsExactly("gold 0", "gold 1");
        }
        assertThat(asked()).isEqualTo(2);
    }

    private Future<EventPage> pageOf(String subject, String tier, Cursor tail) {
        EventFilter filter = new EventFilter(Set.of(), Profile.of(subject, Map.of("tier", tier)));
        return channels.reader()
                .since(PRICES, 0, tail)
                .compose(start -> channels.reader().page(PRICES, start, tail, 10, heldBytes -> true, filter));
    }

    @Test
    void eventsBeyondTheRoomForWaitingOnes_areReadFromTheHistory() {
        publish(0);
        Stream gold = channels.open(LiveChannels.LIVE, GOLD, PRICES);
        hold(true);
        int[] all = IntStream.rangeClosed(1, 700).toArray();
        publish(all);
        assertThat(asked()).isEqualTo(256);
        hold(false);
        release();

        List<String> due = IntStream.of(all).mapToObj(i -> "gold " + i).toList();
        assertThat(Eventually.within(PATIENCE, () -> channels.data(gold).equals(due)))
                .isTrue();
    }

    @Test
    void theLastEvent_endsTheChannel_alsoForReadersThatDoNotGetIt() {
        publish(0);
        Stream anyone = channels.open(LiveChannels.LIVE, ANYONE, PRICES);
        channels.publish(PRICES, new Event(null, "2", null).ending());

        assertThat(channels.text(anyone)).contains("event: stream-end").doesNotContain("data: 2");
        assertThat(channels.text(anyone)).contains("\"ended\"");
    }

    @Test
    void aChannelWithoutHistory_isPersonalisedToo() {
        Stream gold = channels.open(LiveChannels.LIVE, GOLD, TICKS);
        Stream silver = channels.open(LiveChannels.LIVE, SILVER, TICKS);
        IntStream.rangeClosed(1, 4).forEach(i -> channels.publish(TICKS, new Event(null, Integer.toString(i), null)));

        assertThat(channels.data(gold)).containsExactly("gold 1", "gold 2", "gold 3", "gold 4");
        assertThat(channels.data(silver)).containsExactly("silver 1", "silver 2", "silver 4");
        channels.run(() -> assertThat(questions.get(0).id()).isEmpty());
    }

    @Test
    void selectorsApplyAsWell_andReadersThatNeedNoAnswerCostNoQuestion() {
        publish(0);
        Stream gold = channels.open(LiveChannels.LIVE, GOLD, PRICES);
        Stream silver = channels.open(LiveChannels.LIVE, SILVER, PRICES);
        channels.publish(PRICES, new Event(null, "1", null).withSelector(Selector.to(Map.of("tier", "gold"))));
        assertThat(asked()).isEqualTo(1);
        channels.publish(PRICES, new Event(null, "2", null).withSelector(Selector.to(Map.of("sub", "bob"))));

        assertThat(channels.data(gold)).containsExactly("gold 1");
        assertThat(channels.data(silver)).containsExactly("silver 2");
    }

    @Test
    void theProgressOfAStream_saysWhichEventsItDidNotGet_andWhy() {
        publish(0);
        StreamForm named = new StreamForm(
                Envelope.NONE, new EventFilter(Set.of("tick"), SILVER.filter().profile()), false);
        Bookmarks bookmarks = channels.bookmarks(named, PRICES);
        channels.publish(PRICES, new Event(null, "1", null));
        channels.publish(PRICES, new Event("tick", "2", null));
        channels.publish(PRICES, new Event("tick", "3", null));
        channels.publish(PRICES, new Event("tick", "4", null).withSelector(Selector.to(Map.of("sub", "alice"))));
        channels.publish(PRICES, new Event("tick", "no number", null));

        channels.run(() -> assertThat(bookmarks.skippedSoFar(0)).isEqualTo(new ChannelProgress.Skipped(1, 1, 1, 1)));
    }

    @Test
    void aServiceThatFails_withholdsOrSendsThePlainData() {
        publish(0);
        Stream gold = channels.open(LiveChannels.LIVE, GOLD, PRICES);
        channels.publish(PRICES, new Event(null, "no number", null));
        publish(1);
        assertThat(channels.data(gold)).containsExactly("gold 1");

        LiveChannels plain = new LiveChannels(vertx, rules(Failure.PLAIN), SERVICE, this::answer);
        Stream other = plain.open(LiveChannels.LIVE, GOLD, PRICES);
        plain.publish(PRICES, new Event(null, "no number", null));
        plain.publish(PRICES, new Event(null, "1", null));
        assertThat(plain.data(other)).containsExactly("no number", "gold 1");
    }

    @Test
    void anAnswerThatNeverComes_isAskedForAgain() {
        boolean[] silent = {true};
        PersonalData data = new PersonalData() {
            @Override
            public Optional<Profile> part(ChannelName channel, @Nullable Profile reader) {
                return Optional.ofNullable(reader);
            }

            @Override
            public Future<List<Event>> of(
                    ChannelName channel, Profile part, List<PublishedEvent> events, boolean isLive) {
                return silent[0]
                        ? Promise.<List<Event>>promise().future()
                        : Future.succeededFuture(
                                events.stream().map(PublishedEvent::event).toList());
            }
        };
        LiveChannels lost = new LiveChannels(vertx, rules(Failure.WITHHOLD), node -> data);
        Stream gold = lost.open(LiveChannels.LIVE, GOLD, PRICES);
        lost.publish(PRICES, new Event(null, "1", null));
        lost.run(() -> {
            silent[0] = false;
            lost.clock().pass(Duration.ofSeconds(9));
            assertThat(lost.loop().resetStuck()).isEmpty();
            lost.clock().pass(Duration.ofSeconds(1));
            assertThat(lost.loop().resetStuck()).containsExactly(PRICES);
        });
        lost.publish(PRICES, new Event(null, "2", null));
        assertThat(lost.data(gold)).containsExactly("1", "2");
    }

    @Test
    void afterTheLastStream_nothingIsLeft() {
        Stream gold = channels.open(LiveChannels.LIVE, GOLD, PRICES);
        hold(true);
        publish(1);
        channels.run(() -> {
            assertThat(channels.loop().channels()).isEqualTo(1);
            gold.out().leave();
        });
        release();

        channels.run(() -> {
            assertThat(channels.loop().channels()).isZero();
            assertThat(channels.loop().pageBytes()).isZero();
        });
    }

    /** A client: it keeps what it has got, and its last id, over all its streams. */
    private final class Client {
        private final String tier;
        private final StreamForm form;
        private final ChannelName[] names;
        private final List<String> got = new ArrayList<>();
        private final List<String> due = new ArrayList<>();
        private Stream stream;
        private String id = "";

        private Client(String tier, StreamForm form, ChannelName... names) {
            this.tier = tier;
            this.form = form;
            this.names = names;
            this.stream = channels.open(LiveChannels.LIVE, form, names);
        }

        /** Ends the stream after some of its events, as if the others had been on their way; returns all of them. */
        private void cut(Random random) {
            channels.run(stream.out()::leave);
            List<ReceivedEvent> events = events();
            take(events.subList(0, random.nextInt(events.size() + 1)));
        }

        private List<ReceivedEvent> events() {
            List<ReceivedEvent> events = new ArrayList<>();
            new EventStreamParser(events::add).feed(channels.text(stream).getBytes(StandardCharsets.UTF_8));
            return events;
        }

        private void take(List<ReceivedEvent> events) {
            for (ReceivedEvent event : events) {
                id = event.lastEventId();
                if (!event.type().equals("stream-open")) {
                    assertThat(event.type()).as(tier).isNotEqualTo("stream-reset");
                    got.add(
                            form.envelope() == Envelope.NONE
                                    ? event.data()
                                    : new JsonObject(event.data()).getString("data"));
                }
            }
        }

        private void reopen() {
            stream = channels.open(id.isEmpty() ? LiveChannels.LIVE : LiveChannels.after(id), form, names);
        }

        private List<String> pending() {
            List<String> all = new ArrayList<>(got);
            for (ReceivedEvent event : events()) {
                if (!event.type().equals("stream-open")) {
                    all.add(
                            form.envelope() == Envelope.NONE
                                    ? event.data()
                                    : new JsonObject(event.data()).getString("data"));
                }
            }
            return all;
        }
    }

    @Test
    void throughRandomCuts_andLateAnswers_eachClientGetsItsOwnData_onceAndInOrder() {
        publish(0);
        channels.publish(NEWS, new Event(null, "0", null));
        Random random = new Random(20_261_126);
        StreamForm wrapped = new StreamForm(Envelope.CLOUDEVENTS, GOLD.filter(), true);
        List<Client> clients = List.of(
                new Client("gold", GOLD, PRICES),
                new Client("gold", wrapped, NEWS, PRICES),
                new Client("silver", SILVER, PRICES),
                new Client("silver", SILVER, PRICES, NEWS),
                new Client("none", ANYONE, PRICES));
        clients.forEach(client -> client.take(client.events().subList(0, 1)));
        clients.forEach(client -> assertThat(client.id).isNotEmpty());
        int number = 0;
        for (int cuts = 0; cuts < CUTS; cuts++) {
            hold(random.nextBoolean());
            Client cut = clients.get(random.nextInt(clients.size()));
            number = publishSome(number, random, clients);
            cut.cut(random);
            number = publishSome(number, random, clients);
            cut.reopen();
            channels.run(() -> {
                Collections.shuffle(held, random);
                if (random.nextInt(3) > 0) {
                    releaseNow();
                }
            });
        }
        hold(false);
        for (Client client : clients) {
            boolean complete = Eventually.within(PATIENCE, () -> {
                release();
                return client.pending().size() >= client.due.size();
            });
            assertThat(client.pending()).as(client.tier).isEqualTo(client.due);
            assertThat(complete).isTrue();
            assertThat(client.due).hasSizeGreaterThan(CUTS);
        }
    }

    private int publishSome(int before, Random random, List<Client> clients) {
        int count = random.nextInt(random.nextInt(10) == 0 ? 80 : 8);
        List<Runnable> publishes = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            String text = Integer.toString(before + i);
            for (Client client : clients) {
                dataFor(client.tier, text).ifPresent(data -> client.due.add((String) data));
            }
            publishes.add(() -> channels.publishNow(PRICES, new Event(null, text, null)));
        }
        channels.run(() -> publishes.forEach(Runnable::run));
        channels.settle();
        return before + count;
    }
}
