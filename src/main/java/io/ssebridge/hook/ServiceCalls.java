package io.ssebridge.hook;

import io.ssebridge.channel.Service;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Calls services, with a time-out for each question and a bound of the questions in flight. Each service has a bound of its
 * own, so a service that is down delays only the channels that need it.
 *
 * <p><b>Owner:</b> one event loop; {@link #call} may be called on any thread.
 */
public final class ServiceCalls {
    /** The number of questions that one node has in flight to one service. */
    public static final int MAX_ASKED = 1_000;

    private final Context context;
    private final int maxAsked;
    private final Map<Service, ServiceQueue> queues = new HashMap<>();

    /**
     * Creates the calls of an event loop.
     *
     * @param context the event loop
     * @param maxAsked the largest number of questions in flight to one service
     */
    public ServiceCalls(Context context, int maxAsked) {
        this.context = context;
        this.maxAsked = maxAsked;
    }

    /**
     * Asks a question. It waits for its turn if many others are in flight. The time of waiting counts.
     *
     * @param service the service
     * @param ask asks the question; runs on the event loop; may throw
     * @param <T> the type of the answer
     * @return the answer, in a new task on the context of the caller. Fails with a {@link ServiceException} if the service
     *     does not answer in time, or too many questions wait for it
     */
    public <T> Future<T> call(Service service, Supplier<Future<T>> ask) {
        Promise<T> answer = Promise.promise();
        Context current = Vertx.currentContext();
        Context caller = current == null ? context : current;
        context.runOnContext(onLoop ->
                add(service, ask).onComplete(done -> caller.runOnContext(back -> pass(done, answer))));
        return answer.future();
    }

    private <T> Future<T> add(Service service, Supplier<Future<T>> ask) {
        Promise<T> answer = Promise.promise();
        long timeoutMillis = service.timeout().toMillis();
        // First of all: whatever throws afterwards, the question ends.
        long timer = context.owner()
                .setTimer(
                        timeoutMillis,
                        late -> answer.tryFail(
                                ServiceException.failed("no answer within %d ms".formatted(timeoutMillis))));
        answer.future().onComplete(done -> context.owner().cancelTimer(timer));
        ServiceQueue queue = queues.computeIfAbsent(service, first -> new ServiceQueue(maxAsked));
        if (!queue.add(() -> onLoop(attempt(ask)), answer)) {
            answer.fail(ServiceException.busy());
        }
        return answer.future();
    }

    private static <T> Future<T> attempt(Supplier<Future<T>> ask) {
        try {
            return Objects.requireNonNull(ask.get(), "no future");
        } catch (RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    /** Brings an answer to the event loop, in a later task: the application may complete it at once, or on any thread. */
    private <T> Future<T> onLoop(Future<T> there) {
        Promise<T> here = Promise.promise();
        there.onComplete(done -> context.runOnContext(next -> pass(done, here)));
        return here.future();
    }

    private static <T> void pass(AsyncResult<T> done, Promise<T> to) {
        if (done.succeeded()) {
            to.complete(done.result());
        } else {
            to.fail(done.cause());
        }
    }
}
