package io.ssebridge.personal;

import io.ssebridge.channel.PersonalizeRule;
import io.ssebridge.personal.PersonalService.BadAnswerException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Sends questions to services: to an object of the application if there is one with that address, otherwise over the event
 * bus. Any thread; answers come on the caller's context.
 */
public final class PersonalServices {
    private final Vertx vertx;
    private final Map<String, Personalizer> embedded;
    private final AnswerReader reader;

    /**
     * Creates the services of a node.
     *
     * @param vertx has the event bus
     * @param embedded objects of the application, by the addresses in the rules
     * @param maxBytes the largest size of the data of an event
     */
    public PersonalServices(Vertx vertx, Map<String, Personalizer> embedded, int maxBytes) {
        this.vertx = vertx;
        this.embedded = Map.copyOf(embedded);
        this.reader = new AnswerReader(maxBytes);
    }

    /** Returns what asks the service of a rule. Its futures complete within the time-out. */
    Function<PersonalQuestion, Future<Answer>> of(PersonalizeRule rule) {
        Personalizer personalizer = embedded.get(rule.address());
        long timeoutMillis = rule.timeout().toMillis();
        if (personalizer != null) {
            return question -> made(personalizer, question, timeoutMillis);
        }
        DeliveryOptions options = new DeliveryOptions().setSendTimeout(timeoutMillis);
        return question -> vertx.eventBus()
                .request(rule.address(), question.toJson(), options)
                .map(reply -> checked(() -> reader.reply(reply.body())))
                .recover(PersonalServices::failure);
    }

    /** Asks an object of the application. It may complete its future on any thread, or never. */
    private Future<Answer> made(Personalizer personalizer, PersonalQuestion question, long timeoutMillis) {
        Promise<Answer> answer = Promise.promise();
        Context caller = vertx.getOrCreateContext();
        long timer = vertx.setTimer(
                timeoutMillis, late -> answer.tryFail("no answer within %d ms".formatted(timeoutMillis)));
        ask(personalizer, question)
                .map(value -> checked(() -> reader.made(value)))
                .recover(failure -> Future.failedFuture(new BadAnswerException(failure.toString())))
                .onComplete(done -> caller.runOnContext(back -> {
                    boolean unused = vertx.cancelTimer(timer);
                    if (done.succeeded()) {
                        answer.tryComplete(done.result());
                    } else {
                        answer.tryFail(done.cause());
                    }
                }));
        return answer.future();
    }

    private static Future<Optional<Object>> ask(Personalizer personalizer, PersonalQuestion question) {
        try {
            return Objects.requireNonNull(personalizer.data(question), "no future");
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private static Answer checked(Supplier<Answer> read) {
        try {
            return read.get();
        } catch (RuntimeException e) {
            throw new BadAnswerException("it answered with " + e.getMessage());
        }
    }

    /** Tells a service that refuses a question from one that is not there. */
    private static Future<Answer> failure(Throwable failure) {
        boolean hasAnswered =
                failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE;
        return Future.failedFuture(
                hasAnswered ? new BadAnswerException("it answered with a failure: " + failure.getMessage()) : failure);
    }
}
