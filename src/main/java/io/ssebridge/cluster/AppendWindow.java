package io.ssebridge.cluster;

import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Hands the appends of one event loop to Hazelcast in groups, and takes the answers of a group together. Waking a thread
 * costs more than an append: each append wakes a thread of Hazelcast, and each answer wakes the event loop. A group wakes
 * each of them once.
 *
 * <p>An append waits at most {@link #WINDOW_MICROS} for others, and only under load, that is while other appends of the
 * event loop are in flight or the last group was larger than one. A single publisher, which waits for each answer before
 * its next event, never waits here.
 *
 * <p>A group waits for its slowest append only within another window. A frozen member would otherwise hold up the answers
 * of all others.
 *
 * <p><b>Owner:</b> the event loop. {@link #add} may be called on any thread.
 */
final class AppendWindow {
    // With 5,000 events per second to 5,000 channels, groups of five and more: the CPU time of a published event falls
    // by a
    // quarter (performance.md).
    static final long WINDOW_MICROS = 1_000;

    private final EventLoop loop;
    private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isAnswering = new AtomicBoolean();
    private List<Append<?>> waiting = new ArrayList<>();
    private int inFlight;
    private int lastSize;
    private boolean hasBegun;

    /** An append that waits for its group. */
    private record Append<T>(ContextInternal caller, Supplier<CompletionStage<T>> start, Promise<T> answer) {}

    /** The appends that have been started together. */
    private static final class Group {
        private final AtomicInteger unanswered;
        private volatile boolean isLate;

        private Group(int size) {
            unanswered = new AtomicInteger(size);
        }
    }

    AppendWindow(EventLoop loop) {
        this.loop = loop;
    }

    /**
     * Starts an append with the others of its group.
     *
     * @param start starts the append; runs on the event loop
     * @return the answer, on the context of the caller
     */
    <T> Future<T> add(Vertx vertx, Supplier<CompletionStage<T>> start) {
        ContextInternal caller = (ContextInternal) vertx.getOrCreateContext();
        Promise<T> answer = Promise.promise();
        Append<T> append = new Append<>(caller, start, answer);
        if (loop.inEventLoop()) {
            add(append);
        } else {
            loop.execute(() -> add(append));
        }
        return answer.future();
    }

    private void add(Append<?> append) {
        waiting.add(append);
        if (!hasBegun) {
            hasBegun = true;
            if (inFlight > 0 || lastSize > 1) {
                var unused = loop.schedule(this::startAll, WINDOW_MICROS, TimeUnit.MICROSECONDS);
            } else {
                // The other appends of this turn of the event loop still join the group.
                loop.execute(this::startAll);
            }
        }
    }

    private void startAll() {
        hasBegun = false;
        List<Append<?>> batch = waiting;
        waiting = new ArrayList<>(batch.size());
        lastSize = batch.size();
        inFlight += batch.size();
        Group group = new Group(batch.size());
        batch.forEach(append -> start(append, group));
        if (batch.size() > 1) {
            var unused = loop.schedule(() -> stopWaiting(group), WINDOW_MICROS, TimeUnit.MICROSECONDS);
        }
    }

    private <T> void start(Append<T> append, Group group) {
        CompletionStage<T> stage;
        try {
            stage = append.start().get();
        } catch (RuntimeException e) {
            answered(group, () -> {
                inFlight--;
                append.caller().emit(e, append.answer()::fail);
            });
            return;
        }
        // Without an executor (whenComplete), Hazelcast would start a thread for each callback on a machine with few
        // cores.
        stage.whenCompleteAsync(
                (result, failure) -> {
                    inFlight--;
                    append.caller().emit(result, done -> complete(append.answer(), done, failure));
                },
                task -> answered(group, task));
    }

    /** Takes the answer of an append; on a thread of Hazelcast. */
    private void answered(Group group, Runnable answer) {
        answers.add(answer);
        if (group.unanswered.decrementAndGet() == 0 || group.isLate) {
            takeAnswersSoon();
        }
    }

    private void takeAnswersSoon() {
        if (isAnswering.compareAndSet(false, true)) {
            loop.execute(this::takeAnswers);
        }
    }

    /** Takes the answers that have come, and from now on each answer of the group as soon as it comes. */
    private void stopWaiting(Group group) {
        group.isLate = true;
        takeAnswers();
    }

    private void takeAnswers() {
        // Before the first poll: an answer that comes after the last one has the event loop called again.
        isAnswering.set(false);
        for (Runnable next = answers.poll(); next != null; next = answers.poll()) {
            next.run();
        }
    }

    private static <T> void complete(Promise<T> answer, T result, @Nullable Throwable failure) {
        if (failure == null) {
            answer.complete(result);
        } else {
            answer.fail(failure);
        }
    }
}
