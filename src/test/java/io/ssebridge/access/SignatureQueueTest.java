package io.ssebridge.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
class SignatureQueueTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String TOKEN = "x".repeat(488);
    private static final int WEIGHT = 1_000;
    private static final int PARALLEL = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private final CountDownLatch held = new CountDownLatch(1);
    private final AtomicInteger atWork = new AtomicInteger();
    private final List<String> checked = new CopyOnWriteArrayList<>();
    private SignatureQueue queue;

    @BeforeEach
    void open(Vertx vertx) {
        queue = new SignatureQueue(vertx, 100 * WEIGHT);
    }

    @AfterEach
    void close() {
        held.countDown();
    }

    private Future<Optional<Boolean>> check(String client, boolean gone) {
        return queue.check(TOKEN, client, () -> gone, () -> {
            atWork.incrementAndGet();
            await(held);
            checked.add(client);
            return true;
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Has all workers hold a signature, so that everything else waits. */
    private void occupyWorkers() {
        for (int i = 0; i < PARALLEL; i++) {
            var unused = check("busy", false);
        }
        Eventually.holds("busy workers", PATIENCE, () -> atWork.get() == PARALLEL);
    }

    private List<Future<Optional<Boolean>>> check(int count, String client) {
        List<Future<Optional<Boolean>>> answers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            answers.add(check(client, false));
        }
        return answers;
    }

    private static int refused(List<Future<Optional<Boolean>>> answers) {
        return (int) answers.stream()
                .filter(answer -> answer.isComplete() && answer.result().isEmpty())
                .count();
    }

    @Test
    void aFloodOfOneClient_delaysAnotherByOneSignatureOnly() throws TimeoutException {
        occupyWorkers();
        check(90, "flood").forEach(answer -> assertThat(answer.isComplete()).isFalse());
        Future<Optional<Boolean>> honest = check("honest", false);

        held.countDown();

        assertThat(honest.await(10, TimeUnit.SECONDS)).contains(true);
        Eventually.holds("everything checked", PATIENCE, () -> checked.size() == PARALLEL + 91);
        assertThat(checked.indexOf("honest")).isLessThanOrEqualTo(3 * PARALLEL);
        assertThat(queue.size()).isZero();
    }

    @Test
    void noMoreThanHalfOfTheCores_areAtWork() {
        occupyWorkers();
        List<Future<Optional<Boolean>>> answers = check(50, "a");

        assertThat(queue.size()).isEqualTo(50);
        assertThat(atWork.get()).isEqualTo(PARALLEL);
        held.countDown();
        Eventually.holds("all answers", PATIENCE, () -> answers.stream().allMatch(Future::succeeded));
    }

    @Test
    void aClientThatFillsTheQueue_isRefusedAndGivesWayToOthers() {
        occupyWorkers();
        List<Future<Optional<Boolean>>> flood = check(1_000, "flood");
        assertThat(refused(flood)).isEqualTo(900);
        assertThat(queue.size()).isEqualTo(100);

        List<Future<Optional<Boolean>>> honest = check(40, "honest");

        Eventually.holds("the flood's last to be displaced", PATIENCE, () -> refused(flood) == 940);
        assertThat(refused(honest)).isZero();
        assertThat(queue.size()).isEqualTo(100);
        assertThat(refused(check(100, "flood"))).isEqualTo(100);
        held.countDown();
        Eventually.holds("answers", PATIENCE, () -> honest.stream().allMatch(Future::succeeded));
    }

    @Test
    void aThousandClientsAtOnce_areServedInTheirTurnUntilTheQueueIsFull() {
        occupyWorkers();
        List<Future<Optional<Boolean>>> answers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            answers.add(check("client " + i, false));
        }

        assertThat(refused(answers)).isEqualTo(900);
        held.countDown();
        Eventually.holds("answers", PATIENCE, () -> answers.stream().allMatch(Future::succeeded));
        assertThat(checked).contains("client 0", "client 99").doesNotContain("client 100");
    }

    @Test
    void aClientThatIsGone_costsNoCryptography() {
        occupyWorkers();
        Future<Optional<Boolean>> gone = check("gone", true);
        Future<Optional<Boolean>> there = check("there", false);

        held.countDown();

        Eventually.holds("an answer", PATIENCE, there::succeeded);
        Eventually.holds("an answer", PATIENCE, gone::succeeded);
        assertThat(checked).contains("there").doesNotContain("gone");
    }

    @Test
    void aCheckThatThrows_failsItsAnswerAndHoldsNobodyUp() {
        Future<Optional<Boolean>> broken = queue.check(TOKEN, "a", () -> false, () -> {
            throw new IllegalStateException("a bug");
        });
        held.countDown();
        Future<Optional<Boolean>> next = check("a", false);

        Eventually.holds("an answer", PATIENCE, () -> broken.isComplete() && next.isComplete());
        assertThat(broken.failed()).isTrue();
        assertThat(next.result()).contains(true);
    }
}
