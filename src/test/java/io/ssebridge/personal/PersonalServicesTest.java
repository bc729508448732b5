package io.ssebridge.personal;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.PersonalizeRule;
import io.ssebridge.channel.PersonalizeRule.Failure;
import io.ssebridge.event.Event;
import io.ssebridge.personal.PersonalService.BadAnswerException;
import io.ssebridge.testing.OnContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** An application's own object in place of a service. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class PersonalServicesTest {
    private static final PersonalizeRule RULE =
            new PersonalizeRule(List.of("tier"), "tiers", Duration.ofMillis(50), Failure.WITHHOLD);

    private final Vertx vertx;
    private final Context context;
    private final OnContext owner;

    PersonalServicesTest(Vertx vertx) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.owner = new OnContext(context);
    }

    /** Asks on the event loop, and checks that the answer comes there. */
    private Future<Answer> ask(Personalizer personalizer) {
        PersonalServices services = new PersonalServices(vertx, Map.of("tiers", personalizer), 1 << 10);
        PersonalQuestion question = new PersonalQuestion(
                "prices",
                new Event(null, "1", null),
                Optional.empty(),
                OptionalLong.empty(),
                Instant.EPOCH,
                new JsonObject());
        Promise<Answer> seen = Promise.promise();
        owner.run(() -> services.of(RULE).apply(question).onComplete(done -> {
            assertThat(Vertx.currentContext()).isSameAs(context);
            seen.handle(done);
        }));
        Future<Answer> answer = seen.future();
        return answer.transform(done -> Future.succeededFuture(answer)).await();
    }

    private static Future<Optional<Object>> now(Object value) {
        return Future.succeededFuture(Optional.of(value));
    }

    @Test
    void aTextStaysAsItIs_andAnythingElseBecomesJson() {
        assertThat(ask(question -> now("5 €")).result()).isEqualTo(new Answer.Data("5 €", false));
        assertThat(ask(question -> now(5)).result()).isEqualTo(new Answer.Data("5", true));
        assertThat(ask(question -> now(new JsonArray().add("a"))).result()).isEqualTo(new Answer.Data("[\"a\"]", true));
        assertThat(ask(question -> now(Map.of("a", 1))).result()).isEqualTo(new Answer.Data("{\"a\":1}", true));
        assertThat(ask(question -> Future.succeededFuture(Optional.empty())).result())
                .isEqualTo(Answer.NoData.WITHHELD);
    }

    @Test
    void anAnswerFromAnotherThread_comesOnTheEventLoop() {
        Future<Answer> answer = ask(question -> {
            Promise<Optional<Object>> later = Promise.promise();
            new Thread(() -> later.complete(Optional.of("late"))).start();
            return later.future();
        });

        assertThat(answer.result()).isEqualTo(new Answer.Data("late", false));
    }

    @Test
    void anObjectThatNeverAnswers_isNotWaitedFor() {
        Future<Answer> answer =
                ask(question -> Promise.<Optional<Object>>promise().future());

        assertThat(answer.cause()).hasMessage("no answer within 50 ms").isNotInstanceOf(BadAnswerException.class);
    }

    @Test
    @SuppressWarnings("NullAway") // What a careless application does.
    void anObjectThatFails_givesNoAnswer() {
        for (Personalizer wrong : List.<Personalizer>of(
                question -> {
                    throw new IllegalStateException("broken");
                },
                question -> null,
                question -> Future.failedFuture("broken"),
                question -> Future.succeededFuture(null),
                question -> now("x".repeat(1_025)),
                question -> now("\ud800"),
                question -> now(new Object()))) {
            assertThat(ask(wrong).cause()).isInstanceOf(BadAnswerException.class);
        }
    }
}
