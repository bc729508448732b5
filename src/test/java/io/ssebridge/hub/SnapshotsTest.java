package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.InitialSnapshot;
import io.ssebridge.channel.InitialSnapshot.OnFailure;
import io.ssebridge.channel.PresenceRule;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.channel.RuleHooks;
import io.ssebridge.channel.Service;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.Profile;
import io.ssebridge.hook.LocalServices;
import io.ssebridge.hook.SnapshotRequest;
import io.ssebridge.hub.LiveChannels.Stream;
import io.ssebridge.testing.EventStreamParser;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.ReceivedEvent;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Snapshots as the first events of streams. The service is slow: its answers come when the test gives them. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class SnapshotsTest {
    private static final ChannelName JOB = new ChannelName("jobs.a");
    private static final ChannelName STRICT = new ChannelName("strict.a");
    private static final ChannelName NEWS = new ChannelName("news");

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration TTL = Duration.ofMinutes(10);
    private static final int RETAINED = 100;
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Profile ALICE = Profile.of("alice", Map.of("role", "user"));

    private final List<Question> questions = new ArrayList<>();
    private final LiveChannels channels;

    private record Question(SnapshotRequest request, Promise<List<Event>> answer) {}

    SnapshotsTest(Vertx vertx) {
        channels = new LiveChannels(
                vertx,
                new ChannelRules(List.of(
                        rule("jobs.*", OnFailure.OPEN, Duration.ofSeconds(20)),
                        rule("soon.*", OnFailure.OPEN, SOON),
                        rule("strict.*", OnFailure.REFUSE, SOON),
                        Histories.rule("**", 1_000, TTL))),
                LocalServices.NONE.withSnapshots("jobs.snapshot", request -> {
                    Promise<List<Event>> answer = Promise.promise();
                    questions.add(new Question(request, answer));
                    return answer.future();
                }));
    }

    private static ChannelRule rule(String channel, OnFailure onFailure, Duration timeout) {
        return new ChannelRule(
                ChannelPattern.of(channel),
                null,
                null,
                Requirement.PUBLIC,
                Requirement.PUBLIC,
                new Retention(RETAINED, TTL),
                Duration.ZERO,
                0,
                PresenceRule.DEFAULT,
                null,
                null,
                new RuleHooks(null, new InitialSnapshot(new Service("jobs.snapshot", null, timeout), onFailure)),
                false);
    }

    private static Event event(String data) {
        return new Event(null, data, null);
    }

    private void publish(ChannelName channel, String... data) {
        for (String each : data) {
            channels.publish(channel, event(each));
        }
    }

    private List<ReceivedEvent> events(Stream stream) {
        List<ReceivedEvent> events = new ArrayList<>();
        new EventStreamParser(events::add).feed(channels.text(stream).getBytes(StandardCharsets.UTF_8));
        return events;
    }

    /** The question with this number. */
    private Question question(int number) {
        return Eventually.see(
                        "question " + number,
                        PATIENCE,
                        () -> {
                            List<Question> now = new ArrayList<>();
                            channels.run(() -> now.addAll(questions));
                            return now;
                        },
                        now -> now.size() > number)
                .get(number);
    }

    private void answer(int number, String... data) {
        Question question = question(number);
        channels.run(() -> question.answer()
                .complete(List.of(data).stream().map(SnapshotsTest::event).toList()));
        channels.settle();
    }

    private int asked() {
        channels.settle();
        List<Question> now = new ArrayList<>();
        channels.run(() -> now.addAll(questions));
        return now.size();
    }

    private List<String> eventually(Stream stream, String... data) {
        return Eventually.see(
                "events " + List.of(data), PATIENCE, () -> channels.data(stream), seen -> seen.equals(List.of(data)));
    }

    @Test
    void aNewStream_getsTheSnapshotFirst_andThenTheEventsSinceTheQuestion() {
        publish(JOB, "1", "2");
        Stream stream = channels.open(LiveChannels.LIVE, StreamForm.PLAIN.with(ALICE), JOB);
        Question question = question(0);
        String tail = channels.ids(
                        channels.open(LiveChannels.after(question.request().lastEventId()), StreamForm.PLAIN, JOB))
                .get(0);
        publish(JOB, "3", "4");
        assertThat(events(stream)).extracting(ReceivedEvent::type).containsExactly("stream-open");
        assertThat(channels.ids(stream))
                .as("an id would hide the snapshot from the next stream")
                .isEmpty();
        answer(0, "state", "of 2");
        publish(JOB, "5");

        assertThat(channels.data(stream)).containsExactly("state", "of 2", "3", "4", "5");
        // Only the last event of the snapshot has an id: the tail at which the question was asked.
        assertThat(channels.ids(stream).get(0))
                .isEqualTo(tail)
                .isEqualTo(question.request().lastEventId());
        assertThat(channels.ids(stream)).hasSize(4);
        assertThat(question.request().channel()).isEqualTo(JOB);
        assertThat(question.request().subject()).contains("alice");
        assertThat(question.request().properties()).isEqualTo(Map.of("role", "user"));
        assertThat(question.request().sequence()).isPresent();
        assertThat(asked()).isEqualTo(1);
    }

    @Test
    void aStreamThatSaysWhereItBegins_getsNoSnapshot() {
        publish(JOB, "1", "2", "3");
        String id = channels.ids(channels.open(LiveChannels.oldest(), StreamForm.PLAIN, JOB))
                .get(1);

        assertThat(channels.data(channels.open(LiveChannels.last(2), StreamForm.PLAIN, JOB)))
                .containsExactly("2", "3");
        assertThat(channels.data(channels.open(LiveChannels.after(id), StreamForm.PLAIN, JOB)))
                .containsExactly("2", "3");
        assertThat(asked()).isZero();
    }

    @Test
    void theOtherChannelsOfAStream_doNotWait_andTheirIdsLeaveTheChannelOut() {
        publish(JOB, "1");
        publish(NEWS, "a");
        Stream stream = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, NEWS, JOB);
        publish(NEWS, "b");
        assertThat(channels.data(stream)).containsExactly("b");
        String before = channels.ids(stream).get(1);

        // A client that is cut off now gets its snapshot later.
        Stream again = channels.open(LiveChannels.after(before), StreamForm.PLAIN, NEWS, JOB);
        publish(NEWS, "c");
        answer(0, "state");
        assertThat(channels.data(again)).containsExactly("c", "state");
        assertThat(channels.data(stream)).containsExactly("b", "c", "state");

        String after = channels.ids(stream).get(3);
        publish(JOB, "2");
        assertThat(channels.data(channels.open(LiveChannels.after(after), StreamForm.PLAIN, NEWS, JOB)))
                .containsExactly("2");
        assertThat(asked()).as("both streams shared one question").isEqualTo(1);
    }

    @Test
    void readersThatDiffer_shareNoSnapshot_andLaterQuestionsAreAskedAgain() {
        Stream alice = channels.open(LiveChannels.LIVE, StreamForm.PLAIN.with(ALICE), JOB);
        Stream anyone = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, JOB);
        Stream admin = channels.open(
                LiveChannels.LIVE, StreamForm.PLAIN.with(Profile.of("alice", Map.of("role", "admin"))), JOB);
        answer(2, "admin");
        answer(1, "anyone");
        answer(0, "alice");
        assertThat(channels.data(alice)).containsExactly("alice");
        assertThat(channels.data(anyone)).containsExactly("anyone");
        assertThat(channels.data(admin)).containsExactly("admin");

        Stream later = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, JOB);
        answer(3, "later");
        assertThat(channels.data(later)).containsExactly("later");
    }

    @Test
    void aReaderThatGetsOtherProperties_getsTheSnapshotForThem() {
        publish(JOB, "1");
        Stream stream = channels.open(LiveChannels.LIVE, StreamForm.PLAIN.with(ALICE), JOB);
        assertThat(question(0).request().properties()).isEqualTo(Map.of("role", "user"));
        channels.readAs(stream, Profile.of("alice", Map.of("role", "admin")));
        assertThat(question(1).request().properties()).isEqualTo(Map.of("role", "admin"));
        publish(JOB, "2");
        answer(0, "for users");
        answer(1, "for admins");

        assertThat(channels.data(stream)).containsExactly("for admins", "2");
    }

    @Test
    void aClientWithAnExpiredId_getsTheResetAndThenTheSnapshot() {
        publish(JOB, "1");
        String old = channels.ids(channels.open(LiveChannels.oldest(), StreamForm.PLAIN, JOB))
                .get(1);
        IntStream.range(0, 200).forEach(i -> publish(JOB, "x" + i));
        Stream stream = channels.open(LiveChannels.after(old), StreamForm.PLAIN, JOB);
        assertThat(channels.data(stream)).containsExactly("reset:expired");
        assertThat(channels.ids(stream))
                .as("only stream-open has an id, that of the client")
                .containsExactly(old);
        publish(JOB, "y");
        answer(0, "state");

        assertThat(channels.data(stream)).containsExactly("reset:expired", "state", "y");
        Stream unreadable = channels.open(LiveChannels.after("nonsense"), StreamForm.PLAIN, NEWS, JOB);
        answer(1, "state again");
        assertThat(channels.data(unreadable)).containsExactly("reset:unknown-id", "state again");
    }

    @Test
    void aSlowStreamThatLosesItsEvents_getsTheResetAndThenTheSnapshot_andCountsOnce() {
        publish(JOB, "1");
        Stream slow = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, JOB);
        answer(0, "state");
        channels.run(slow.out()::full);
        IntStream.range(0, 17_000).forEach(i -> publish(JOB, "x" + i));
        channels.run(slow.out()::drain);
        channels.settle();
        Question second = question(1);
        publish(JOB, "last");
        answer(1, "state of x16999");

        assertThat(eventually(slow, "state", "reset:expired", "state of x16999", "last"))
                .isNotNull();
        assertThat(second.request().sequence().orElseThrow()).isGreaterThan(16_999);
        assertThat(channels.ids(slow)).hasSize(3);
        assertThat(channels.ids(slow).get(1)).isEqualTo(second.request().lastEventId());
    }

    @Test
    void streamsOfALostHistory_getTheResetAndThenTheSnapshot() {
        publish(JOB, "1", "2");
        Stream live = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, JOB);
        Stream both = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, NEWS, JOB);
        answer(0, "state");
        publish(JOB, "3");
        channels.history().lose();
        publish(JOB, "4");
        answer(1, "new state");
        publish(JOB, "5");
        publish(NEWS, "a");

        assertThat(eventually(live, "state", "3", "reset:lost", "new state", "4", "5"))
                .isNotNull();
        assertThat(eventually(both, "state", "3", "reset:lost", "new state", "4", "5", "a"))
                .isNotNull();
        assertThat(asked()).isEqualTo(2);
    }

    @Test
    void aServiceThatDoesNotAnswer_isLeftOut_orEndsTheStream_asTheRuleSays() {
        ChannelName soon = new ChannelName("soon.a");
        publish(soon, "1");
        Stream open = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, soon);
        publish(soon, "2");
        Stream strict = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, STRICT);

        assertThat(eventually(open, "2")).isNotNull();
        assertThat(eventually(strict, "reset:unavailable")).isNotNull();
        assertThat(channels.text(strict)).contains("\"reconnect\":true");
        // An answer that is late changes nothing.
        answer(0, "late");
        publish(soon, "3");
        assertThat(channels.data(open)).containsExactly("2", "3");
    }

    @Test
    void anAnswerThatIsWrong_countsAsNone() {
        List<Event> tooMany = IntStream.range(0, 101).mapToObj(i -> event("x")).toList();
        List<List<Event>> wrong = List.of(
                tooMany,
                List.of(event("x".repeat(70_000))),
                IntStream.range(0, 17).mapToObj(i -> event("x".repeat(65_000))).toList(),
                List.of(event("x").ending()),
                List.of(new Event("stream-open", "x", null)));
        for (int i = 0; i < wrong.size(); i++) {
            Stream stream = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, JOB);
            List<Event> answer = wrong.get(i);
            Question question = question(i);
            channels.run(() -> question.answer().complete(answer));
            channels.settle();
            publish(JOB, "next " + i);
            assertThat(channels.data(stream)).containsExactly("next " + i);
            channels.run(stream.out()::leave);
        }
    }

    @Test
    void aSnapshot_obeysTheFormOfTheStream() {
        publish(JOB, "1");
        StreamForm form =
                new StreamForm(Envelope.CLOUDEVENTS, new EventFilter(Set.of("row"), Profile.ANONYMOUS), false);
        Stream stream = channels.open(LiveChannels.LIVE, form, JOB);
        Question question = question(0);
        channels.run(() -> question.answer()
                .complete(List.of(
                        Event.of("row", new JsonObject().put("a", 1)), Event.of("row", "2"), Event.of("sum", 3))));
        channels.settle();

        List<String> data = channels.data(stream);
        assertThat(data).hasSize(2);
        assertThat(new JsonObject(data.get(0)).getJsonObject("data")).isEqualTo(new JsonObject().put("a", 1));
        JsonObject second = new JsonObject(data.get(1));
        assertThat(second.getString("channel")).isEqualTo("jobs.a");
        assertThat(second.getString("source")).isEqualTo("/channels/jobs.a");
        assertThat(second.getString("type")).isEqualTo("row");
        assertThat(second.getString("id")).contains("-snapshot-");
        assertThat(channels.ids(stream)).containsExactly(question.request().lastEventId());
    }

    @Test
    void aChannelThatHasEnded_givesItsEventsInsteadOfASnapshot() {
        publish(JOB, "1");
        channels.publish(JOB, event("last").ending());
        Stream stream = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, JOB);

        assertThat(channels.data(stream))
                .startsWith("1", "last")
                .last()
                .asString()
                .isEqualTo("reset:ended");
        assertThat(asked()).isZero();
    }

    @Test
    void aClientThatGoes_orIsFull_whileTheServiceThinks_costsNothingAfterwards() {
        publish(JOB, "1");
        Stream gone = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, JOB);
        Stream full = channels.open(LiveChannels.LIVE, StreamForm.PLAIN, JOB);
        channels.run(gone.out()::leave);
        channels.run(full.out()::full);
        answer(0, "state");
        publish(JOB, "2");
        assertThat(channels.data(full)).as("bytes do not pile up").isEmpty();
        channels.run(full.out()::drain);
        assertThat(channels.data(full)).containsExactly("state", "2");
        assertThat(channels.data(gone)).isEmpty();
        channels.run(full.out()::leave);
        channels.settle();
        assertThat(channels.liveHere()).isEmpty();
    }

    /** Each stream must see the state of some event, and from there on each event exactly once. */
    @Test
    void streamsThatOpenWhileEventsArePublished_missNothing_andGetNothingTwice() {
        Random random = new Random(7);
        List<Stream> streams = new ArrayList<>();
        int[] published = {0};
        for (int round = 0; round < 300; round++) {
            int now = round;
            channels.run(() -> {
                for (int i = random.nextInt(6); i > 0; i--) {
                    channels.publishNow(JOB, event(Integer.toString(++published[0])));
                }
                ChannelName[] names = now % 3 == 0 ? new ChannelName[] {NEWS, JOB} : new ChannelName[] {JOB};
                StreamForm form = StreamForm.PLAIN.with(Profile.of("s" + random.nextInt(3), Map.of()));
                streams.add(channels.openNow(LiveChannels.LIVE, form, names));
            });
            channels.run(() -> {
                for (int i = random.nextInt(3); i > 0; i--) {
                    channels.publishNow(JOB, event(Integer.toString(++published[0])));
                }
                // Some answers come at once, some after more events.
                questions.removeIf(question -> {
                    boolean done = random.nextInt(3) == 0;
                    if (done) {
                        int sequence = (int) question.request().sequence().orElse(0);
                        question.answer().complete(List.of(event("state:" + sequence)));
                    }
                    return done;
                });
            });
        }
        channels.settle();
        while (asked() > 0) {
            channels.run(() -> {
                questions.forEach(question -> question.answer()
                        .complete(List.of(
                                event("state:" + question.request().sequence().orElse(0)))));
                questions.clear();
            });
        }
        channels.publish(JOB, event(Integer.toString(++published[0])));

        assertThat(published[0]).isGreaterThan(500);
        for (Stream stream : streams) {
            // A channel's first frame is not an event: so the event with the text n has the sequence n.
            List<String> seen = Eventually.see(
                    "the last event",
                    PATIENCE,
                    () -> channels.data(stream),
                    data -> data.contains(Integer.toString(published[0])));
            int state = Integer.parseInt(seen.get(0).substring("state:".length()));
            assertThat(seen.subList(1, seen.size()))
                    .containsExactlyElementsOf(IntStream.rangeClosed(state + 1, published[0])
                            .mapToObj(Integer::toString)
                            .toList());
        }
    }
}
