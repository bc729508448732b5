package io.ssebridge.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Appends to a history that the test answers itself. */
@ExtendWith(VertxExtension.class)
@Timeout(30)
class AppendWindowTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private Vertx vertx;
    private Context context;
    private AppendWindow window;
    private final List<CompletableFuture<Long>> started = Collections.synchronizedList(new ArrayList<>());
    private final List<Long> answered = Collections.synchronizedList(new ArrayList<>());

    @BeforeEach
    void create(Vertx created) {
        vertx = created;
        context = vertx.getOrCreateContext();
        window = new AppendWindow(((ContextInternal) context).nettyEventLoop());
    }

    @Test
    void appendsOfOneTurnStartTogetherAndAreAnsweredTogether() {
        context.runOnContext(turn -> {
            add();
            add();
            assertThat(started).isEmpty();
        });
        awaitStarted(2);
        started.get(0).complete(0L);
        started.get(1).complete(1L);
        awaitAnswers(0L, 1L);
    }

    @Test
    void aSingleAppendIsAnsweredAtOnce() {
        context.runOnContext(turn -> add());
        awaitStarted(1);
        started.get(0).complete(7L);
        awaitAnswers(7L);
    }

    @Test
    void aSlowAppendDoesNotHoldUpTheOthersOfItsGroup() {
        context.runOnContext(turn -> {
            add();
            add();
            add();
        });
        awaitStarted(3);
        started.get(2).complete(2L);
        awaitAnswers(2L);
        started.get(1).complete(1L);
        awaitAnswers(2L, 1L);
    }

    @Test
    void appendsAfterASlowOneAreStillStarted() {
        context.runOnContext(turn -> add());
        awaitStarted(1);
        context.runOnContext(turn -> add());
        awaitStarted(2);
        started.get(1).complete(1L);
        awaitAnswers(1L);
    }

    @Test
    void anAppendThatCannotBeStartedFails() {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        context.runOnContext(turn -> window.<Long>add(vertx, () -> {
                    throw new IllegalStateException("closed");
                })
                .onFailure(failure::complete));
        assertThat(failure).succeedsWithin(SOON).satisfies(e -> assertThat(e).hasMessage("closed"));
        context.runOnContext(turn -> add());
        awaitStarted(1);
        started.get(0).completeExceptionally(new IllegalStateException("lost"));
        context.runOnContext(turn -> add());
        awaitStarted(2);
        started.get(1).complete(1L);
        awaitAnswers(1L);
    }

    @Test
    void theAnswerComesOnTheContextOfTheCaller() {
        Context other = vertx.getOrCreateContext();
        CompletableFuture<Context> at = new CompletableFuture<>();
        CountDownLatch added = new CountDownLatch(1);
        other.runOnContext(turn -> {
            window.add(vertx, this::start).onSuccess(answer -> at.complete(Vertx.currentContext()));
            added.countDown();
        });
        awaitStarted(1);
        started.get(0).complete(1L);
        assertThat(at).succeedsWithin(SOON).isSameAs(other);
    }

    private void add() {
        Future<Long> answer = window.add(vertx, this::start);
        answer.onSuccess(answered::add);
    }

    private CompletionStage<Long> start() {
        CompletableFuture<Long> stage = new CompletableFuture<>();
        started.add(stage);
        return stage;
    }

    private void awaitStarted(int count) {
        Eventually.see("started appends", SOON, started::size, size -> size == count);
    }

    private void awaitAnswers(Long... expected) {
        Eventually.see("answers", SOON, () -> List.copyOf(answered), List.of(expected)::equals);
    }
}
