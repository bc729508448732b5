package io.ssebridge.leader;

import io.ssebridge.loop.LoopThread;
import io.ssebridge.wire.Submission;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The queue of the events of one channel, in arrival order. One batch is processed at a time. The next batch starts
 * when it is done, whether it succeeded or failed.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class AppendQueue {
    private static final int MAX_WAITING = 10_000;

    private final LoopThread owner;
    private final Vertx vertx;
    private final int maxBatch;
    private final PublishBudget budget;
    private final Function<List<Pending>, Future<Void>> goOn;
    private final BiConsumer<List<Pending>, Throwable> giveUp;
    private final Deque<Pending> waiting = new ArrayDeque<>(1);
    private List<Pending> onTheWay = List.of();
    private Future<Void> turn = Future.succeededFuture();

    /**
     * Creates an empty queue.
     *
     * @param maxBatch the largest number of events in a batch
     * @param budget limits the memory of the queues of all channels of the node together. Each event loop may exceed it by
     *     the events of one call
     * @param goOn processes a batch
     * @param giveUp is called if the processing has failed
     */
    AppendQueue(
            LoopThread owner,
            Vertx vertx,
            int maxBatch,
            PublishBudget budget,
            Function<List<Pending>, Future<Void>> goOn,
            BiConsumer<List<Pending>, Throwable> giveUp) {
        this.owner = owner;
        this.vertx = vertx;
        this.maxBatch = maxBatch;
        this.budget = budget;
        this.goOn = goOn;
        this.giveUp = giveUp;
    }

    /** Returns whether there is room for more events, both in the channel and on the node. */
    boolean hasRoomFor(List<Submission> more) {
        owner.assertHere();
        return waiting.size() + more.size() <= MAX_WAITING
                && budget.hasRoom(more.stream()
                        .mapToLong(each -> PublishBudget.bytes(each.event()))
                        .sum());
    }

    void add(Pending last) {
        owner.assertHere();
        waiting.add(last);
        budget.add(PublishBudget.bytes(last.submission().event()));
        if (turn.isComplete()) {
            next();
        }
    }

    /** Returns whether a new step would begin at once. */
    boolean isFree() {
        owner.assertHere();
        return turn.isComplete();
    }

    /** Returns whether no event is waiting or in flight. */
    boolean isQuiet() {
        owner.assertHere();
        return turn.isComplete() && waiting.isEmpty();
    }

    /** Returns the uids of all events that are waiting or in flight. */
    Set<Long> uids() {
        owner.assertHere();
        return Stream.concat(waiting.stream(), onTheWay.stream())
                .map(Pending::uid)
                .collect(Collectors.toSet());
    }

    /** Returns a future that completes when no event is waiting or in flight. */
    Future<Void> quiet() {
        return isQuiet() ? Future.succeededFuture() : turn.transform(done -> quiet());
    }

    /** Runs a step while no batch is in flight. Waiting events continue afterwards. */
    Future<Void> inTurn(Supplier<Future<Void>> step) {
        owner.assertHere();
        Promise<Void> done = Promise.promise();
        turn = done.future();
        return step.get().onComplete(result -> {
            if (waiting.isEmpty()) {
                done.complete();
                return;
            }
            // The next batch starts before this step completes, so that quiet() never sees waiting events without a
            // batch. It starts in a later turn of the event loop: a history in memory answers at once, and a thousand
            // nested batches would not fit on the stack.
            vertx.runOnContext(later -> {
                next();
                done.complete();
            });
        });
    }

    private void next() {
        List<Pending> batch = new ArrayList<>();
        while (!waiting.isEmpty() && batch.size() < maxBatch) {
            batch.add(waiting.remove());
        }
        onTheWay = batch;
        inTurn(() -> goOn.apply(batch).onComplete(done -> leave(batch)))
                .onFailure(failure -> giveUp.accept(batch, failure));
    }

    private void leave(List<Pending> batch) {
        owner.assertHere();
        onTheWay = List.of();
        batch.forEach(
                each -> budget.giveBack(PublishBudget.bytes(each.submission().event())));
    }
}
