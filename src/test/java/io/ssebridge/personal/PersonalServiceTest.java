package io.ssebridge.personal;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.Profile;
import io.ssebridge.personal.PersonalService.BadAnswerException;
import io.ssebridge.personal.PersonalService.BusyException;
import io.ssebridge.testing.FakeClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PersonalServiceTest {
    private static final Answer ANSWER = new Answer.Data("x", false);

    private final FakeClock clock = new FakeClock();
    private final List<String> sent = new ArrayList<>();
    private final List<Promise<Answer>> open = new ArrayList<>();
    private final PersonalService service = new PersonalService(this::send, clock);

    private Future<Answer> send(PersonalQuestion question) {
        sent.add(question.event().data());
        Promise<Answer> answer = Promise.promise();
        open.add(answer);
        return answer.future();
    }

    private Future<Answer> ask(String text, boolean isLive) {
        return service.ask(
                new PersonalQuestion(
                        "prices",
                        new Event(null, text, null),
                        Optional.empty(),
                        OptionalLong.empty(),
                        Instant.EPOCH,
                        new JsonObject()),
                isLive);
    }

    private void askMany(int count, String text, boolean isLive) {
        IntStream.range(0, count).forEach(i -> {
            var unused = ask(text, isLive);
        });
    }

    private void timeOut(Future<Answer> asked) {
        clock.pass(Duration.ofMillis(500));
        open.get(open.size() - 1).fail("no answer");
        assertThat(asked.result()).isEqualTo(Answer.NoData.MISSING);
    }

    @Test
    void aThousandQuestionsAreInFlight_theOthersWait() {
        askMany(1_001, "live", true);
        assertThat(sent).hasSize(1_000);

        open.get(7).complete(ANSWER);
        assertThat(sent).hasSize(1_001);
    }

    @Test
    void questionsAboutOlderEvents_takeHalfOfTheRoom_andWaitForThoseAboutLiveEvents() {
        askMany(600, "old", false);
        assertThat(sent).hasSize(500);
        askMany(501, "live", true);
        assertThat(sent).hasSize(1_000);

        open.get(0).complete(ANSWER);
        assertThat(sent.get(1_000)).isEqualTo("live");
        open.get(1).complete(ANSWER);
        assertThat(sent.get(1_001)).isEqualTo("old");
    }

    @Test
    void tooManyWaitingQuestions_areRefused_soThatTheirEventsAreReadLater() {
        askMany(11_000, "live", true);
        Future<Answer> refused = ask("live", true);

        assertThat(refused.cause()).isInstanceOf(BusyException.class);
        assertThat(ask("old", false).isComplete()).isFalse();
    }

    @Test
    void afterThreeTimeOutsInARow_itIsAskedOnceASecond_untilItAnswers() {
        for (int i = 0; i < 3; i++) {
            timeOut(ask("lost", true));
        }
        assertThat(ask("not asked", true).result()).isEqualTo(Answer.NoData.MISSING);
        assertThat(sent).hasSize(3);
        clock.pass(Duration.ofSeconds(1));
        Future<Answer> probe = ask("probe", true);
        assertThat(ask("not asked", true).result()).isEqualTo(Answer.NoData.MISSING);
        timeOut(probe);
        assertThat(ask("not asked", true).result()).isEqualTo(Answer.NoData.MISSING);

        clock.pass(Duration.ofSeconds(1));
        Future<Answer> answered = ask("probe", true);
        open.get(open.size() - 1).complete(ANSWER);
        assertThat(answered.result()).isEqualTo(ANSWER);
        assertThat(ask("asked", true).isComplete()).isFalse();
        assertThat(sent).doesNotContain("not asked");
    }

    @Test
    void questionsThatTimeOutTogether_countOnce() {
        List<Future<Answer>> lost =
                IntStream.range(0, 5).mapToObj(i -> ask("lost", true)).toList();
        clock.pass(Duration.ofMillis(500));
        List.copyOf(open).forEach(each -> each.fail("no answer"));

        assertThat(lost).allSatisfy(each -> assertThat(each.result()).isEqualTo(Answer.NoData.MISSING));
        assertThat(ask("asked", true).isComplete()).isFalse();
    }

    @Test
    void aServiceThatAnswersWithNonsense_isThere() {
        for (int i = 0; i < 10; i++) {
            Future<Answer> asked = ask("nonsense", true);
            open.get(open.size() - 1).fail(new BadAnswerException("nonsense"));
            assertThat(asked.result()).isEqualTo(Answer.NoData.MISSING);
        }
        assertThat(sent).hasSize(10);
    }

    @Test
    void aTransportThatThrows_leavesNothingInFlight() {
        PersonalService broken = new PersonalService(
                question -> {
                    throw new IllegalStateException("broken");
                },
                clock);
        for (int i = 0; i < 2_000; i++) {
            assertThat(broken.ask(
                                    new PersonalQuestion(
                                            "prices",
                                            new Event(null, "", null),
                                            Optional.empty(),
                                            OptionalLong.empty(),
                                            Instant.EPOCH,
                                            new JsonObject()),
                                    true)
                            .result())
                    .isEqualTo(Answer.NoData.MISSING);
        }
    }

    @Test
    void answersAreKept_upToTheirBytes() {
        AnswerCache cache = new AnswerCache(100_000);
        ChannelName channel = new ChannelName("prices");
        for (int i = 0; i < 10_000; i++) {
            cache.put(
                    new AnswerKey(channel, new Cursor.At(i, 1), Profile.ANONYMOUS),
                    new Answer.Data("x".repeat(i % 1_000), false));
            assertThat(cache.bytes()).isBetween(0L, 100_000L);
        }
        assertThat(cache.get(new AnswerKey(channel, new Cursor.At(9_999, 1), Profile.ANONYMOUS)))
                .isNotNull();
        assertThat(cache.get(new AnswerKey(channel, new Cursor.At(0, 1), Profile.ANONYMOUS)))
                .isNull();
    }
}
