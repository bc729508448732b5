package io.ssebridge.personal;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Function;

/**
 * Asks one service. A bounded number of questions is in flight; the others wait. Questions about live events come first.
 * Those about older events take at most half of the room, so that readers who catch up do not delay the others.
 *
 * <p>The time-out of a question begins when it is sent. So questions that wait are not lost.
 *
 * <p><b>Owner:</b> the owner of {@link PersonalAnswers}.
 */
final class PersonalService {
    private static final int MAX_ASKED = 1_000;
    private static final int MAX_OLD_ASKED = MAX_ASKED / 2;
    // Of live events. The number of the others is bounded by the readings that ask them.
    private static final int MAX_WAITING = 10_000;

    private final Function<PersonalQuestion, Future<Answer>> transport;
    private final NodeClock clock;
    private final Circuit circuit = new Circuit();
    private final Deque<Waiting> live = new ArrayDeque<>();
    private final Deque<Waiting> old = new ArrayDeque<>();
    private int asked;
    private int oldAsked;

    private record Waiting(PersonalQuestion question, Promise<Answer> answer, boolean isLive) {}

    /** Says that a service has failed to answer a question, although it can be reached. */
    static final class BadAnswerException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BadAnswerException(String message) {
            super(message, null, false, false);
        }
    }

    /** Says that too many questions wait. */
    static final class BusyException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BusyException() {
            super("too many questions wait for the service", null, false, false);
        }
    }

    /**
     * Creates an idle service.
     *
     * @param transport sends a question; the future completes on the owner, in any case within the time-out
     */
    PersonalService(Function<PersonalQuestion, Future<Answer>> transport, NodeClock clock) {
        this.transport = transport;
        this.clock = clock;
    }

    /**
     * Asks a question.
     *
     * @param isLive whether readers wait for the event now
     * @return the answer; {@link Answer.NoData#MISSING} if the service does not answer, and fails if too many questions wait
     */
    Future<Answer> ask(PersonalQuestion question, boolean isLive) {
        if (isLive && live.size() >= MAX_WAITING) {
            return Future.failedFuture(new BusyException());
        }
        Promise<Answer> answer = Promise.promise();
        (isLive ? live : old).add(new Waiting(question, answer, isLive));
        goOn();
        return answer.future();
    }

    private void goOn() {
        while (asked < MAX_ASKED && !live.isEmpty()) {
            send(live.remove());
        }
        while (asked < MAX_ASKED && oldAsked < MAX_OLD_ASKED && !old.isEmpty()) {
            send(old.remove());
        }
    }

    private void send(Waiting next) {
        long askedMillis = clock.elapsedMillis();
        if (!circuit.permits(askedMillis)) {
            next.answer.complete(Answer.NoData.MISSING);
            return;
        }
        count(next, 1);
        attempt(next.question).onComplete(done -> {
            count(next, -1);
            if (done.succeeded() || done.cause() instanceof BadAnswerException) {
                circuit.answered();
            } else {
                circuit.failed(askedMillis, clock.elapsedMillis());
            }
            next.answer.complete(done.succeeded() ? done.result() : Answer.NoData.MISSING);
            goOn();
        });
    }

    private Future<Answer> attempt(PersonalQuestion question) {
        try {
            return transport.apply(question);
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void count(Waiting question, int change) {
        asked += change;
        oldAsked += question.isLive ? 0 : change;
    }
}
