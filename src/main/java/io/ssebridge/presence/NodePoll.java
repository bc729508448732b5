package io.ssebridge.presence;

import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Asks every node of the bridge the same question, each with one message. The answers are complete, or the question fails:
 * a node that leaves the cluster meanwhile has no answer, and a node that only does not answer makes the question fail.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class NodePoll {
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(2);
    private static final long RETRY_MILLIS = 50;

    private final Vertx vertx;
    private final Nodes nodes;
    private final SplitBrainGuard guard;
    private final Set<Attempt> inFlight = new HashSet<>();

    /** One message to a node. The attempt also ends when the node leaves the cluster. */
    private record Attempt(String node, Promise<Optional<JsonObject>> answer) {}

    /** A question to all nodes, until it is answered or takes too long. */
    private static final class Question {
        private final Operation operation;
        private final JsonObject body;
        private boolean over;

        private Question(Operation operation, JsonObject body) {
            this.operation = operation;
            this.body = body;
        }
    }

    NodePoll(Vertx vertx, Nodes nodes, SplitBrainGuard guard) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.guard = guard;
    }

    /**
     * Asks all nodes.
     *
     * @param own answers for this node
     * @return the answers of all nodes; fails with {@link Refusals#UNAVAILABLE} if a node does not answer, or if this node
     *     may be cut off from the others
     */
    Future<List<JsonObject>> ask(Operation operation, JsonObject body, Function<JsonObject, Future<JsonObject>> own) {
        Question question = new Question(operation, body);
        return guard.confirmed()
                .compose(confirmed -> askAll(question, own))
                .compose(answers -> guard.confirmed().map(answers))
                .timeout(ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .onComplete(done -> question.over = true)
                .recover(NodePoll::unavailable);
    }

    private static <T> Future<T> unavailable(Throwable failure) {
        return Future.failedFuture(
                failure instanceof ReplyException refusal && refusal.failureCode() == Refusals.UNAVAILABLE
                        ? refusal
                        : Refusals.of(Refusals.UNAVAILABLE, "not all nodes of the cluster answer"));
    }

    private Future<List<JsonObject>> askAll(Question question, Function<JsonObject, Future<JsonObject>> own) {
        List<Future<Optional<JsonObject>>> answers = new ArrayList<>();
        answers.add(own.apply(question.body).map(Optional::of));
        for (String node : nodes.present()) {
            if (!node.equals(nodes.self())) {
                answers.add(ask(question, node));
            }
        }
        return Future.all(answers)
                .map(all -> answers.stream()
                        .map(Future::result)
                        .flatMap(Optional::stream)
                        .toList());
    }

    private Future<Optional<JsonObject>> ask(Question question, String node) {
        if (!nodes.present().contains(node)) {
            return Future.succeededFuture(Optional.empty());
        }
        Attempt attempt = new Attempt(node, Promise.promise());
        inFlight.add(attempt);
        vertx.eventBus()
                .<JsonObject>request(Wire.node(node), question.body, Wire.options(question.operation, nodes.self(), 0))
                .map(Message::body)
                .onSuccess(answer -> attempt.answer().tryComplete(Optional.of(answer)))
                .onFailure(attempt.answer()::tryFail);
        return attempt.answer()
                .future()
                .onComplete(done -> inFlight.remove(attempt))
                .recover(failure -> askAgain(question, node, failure));
    }

    private Future<Optional<JsonObject>> askAgain(Question question, String node, Throwable failure) {
        if (isService(node, failure)) {
            return Future.succeededFuture(Optional.empty());
        }
        return Refusals.mayAskAgain(failure) && !question.over
                ? vertx.timer(RETRY_MILLIS).compose(later -> ask(question, node))
                : Future.failedFuture(failure);
    }

    /** Returns whether a member is another service: it has no address of a node, and was never one of the nodes. */
    private boolean isService(String node, Throwable failure) {
        return failure instanceof ReplyException reply
                && reply.failureType() == ReplyFailure.NO_HANDLERS
                && !nodes.ready().contains(node)
                && !nodes.withdrawn().contains(node);
    }

    /** Ends the questions to nodes that have left the cluster: their streams have ended. */
    void nodesChanged() {
        Set<String> present = nodes.present();
        for (Attempt attempt : List.copyOf(inFlight)) {
            if (!present.contains(attempt.node())) {
                attempt.answer().tryComplete(Optional.empty());
            }
        }
    }
}
