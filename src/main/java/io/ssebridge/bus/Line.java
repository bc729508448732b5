package io.ssebridge.bus;

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
 * The events of one channel in the order in which they came: one batch of them goes on at a time, and the next when that is
 * done, whether well or not.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Line {
    private static final int MAX_WAITING = 10_000;

    private final Vertx vertx;
    private final int maxBatch;
    private final PublishBudget backlog;
    private final Function<List<Waiting>, Future<Void>> goOn;
    private final BiConsumer<List<Waiting>, Throwable> giveUp;
    private final Deque<Waiting> waiting = new ArrayDeque<>(1);
    private List<Waiting> onTheWay = List.of();
    private Future<Void> turn = Future.succeededFuture();

    /**
     * Nobody waits.
     *
     * @param maxBatch how many go on together at most
     * @param backlog what all lines of the node may hold together
     * @param goOn what to do with them
     * @param giveUp what to do if that has failed
     */
    Line(
            Vertx vertx,
            int maxBatch,
            PublishBudget backlog,
            Function<List<Waiting>, Future<Void>> goOn,
            BiConsumer<List<Waiting>, Throwable> giveUp) {
        this.vertx = vertx;
        this.maxBatch = maxBatch;
        this.backlog = backlog;
        this.goOn = goOn;
        this.giveUp = giveUp;
    }

    /** Whether these may wait too: neither the channel nor the node has too many. */
    boolean hasRoomFor(List<Submission> more) {
        return waiting.size() + more.size() <= MAX_WAITING
                && backlog.hasRoom(more.stream()
                        .mapToLong(each -> PublishBudget.bytes(each.event()))
                        .sum());
    }

    void add(Waiting last) {
        waiting.add(last);
        backlog.add(PublishBudget.bytes(last.submission().event()));
        if (turn.isComplete()) {
            next();
        }
    }

    /** Whether a step would begin at once. */
    boolean isFree() {
        return turn.isComplete();
    }

    /** Whether nobody waits and nothing is under way. */
    boolean isQuiet() {
        return turn.isComplete() && waiting.isEmpty();
    }

    /** The events that have come and are not done with: in the line, and on their way. */
    Set<Long> uids() {
        return Stream.concat(waiting.stream(), onTheWay.stream())
                .map(Waiting::uid)
                .collect(Collectors.toSet());
    }

    /** When nothing that has come waits any more. */
    Future<Void> quiet() {
        return isQuiet() ? Future.succeededFuture() : turn.transform(done -> quiet());
    }

    /** Does something while no batch is under way; who waits goes on afterwards. */
    Future<Void> inTurn(Supplier<Future<Void>> step) {
        Promise<Void> done = Promise.promise();
        turn = done.future();
        return step.get().onComplete(result -> {
            if (waiting.isEmpty()) {
                done.complete();
                return;
            }
            // The next begins before this one is done: whoever waits for quiet finds nothing waiting, or a new batch.
            // And later, since a history in memory answers at once: a thousand batches would not fit on the stack.
            vertx.runOnContext(later -> {
                next();
                done.complete();
            });
        });
    }

    private void next() {
        List<Waiting> batch = new ArrayList<>();
        while (!waiting.isEmpty() && batch.size() < maxBatch) {
            batch.add(waiting.remove());
        }
        onTheWay = batch;
        inTurn(() -> goOn.apply(batch).onComplete(done -> leave(batch)))
                .onFailure(failure -> giveUp.accept(batch, failure));
    }

    private void leave(List<Waiting> batch) {
        onTheWay = List.of();
        batch.forEach(
                each -> backlog.giveBack(PublishBudget.bytes(each.submission().event())));
    }
}
