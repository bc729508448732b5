package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiPredicate;

/**
 * Finds room for a channel without events on the other event loops of the node. It asks one event loop after the other,
 * until one releases a silent channel. So a search releases at most one channel of each.
 *
 * <p>Any thread: the list of the event loops is atomic.
 */
public final class RoomSearch {
    private static final long PATIENCE_MILLIS = 1_000;

    private final List<Loop> loops = new CopyOnWriteArrayList<>();

    private record Loop(Context context, BiPredicate<ChannelRule, ChannelName> take) {
        Future<Boolean> ask(ChannelRule rule, ChannelName name) {
            Promise<Boolean> answer = Promise.promise();
            // An exception becomes a failed future: the asking event loop waits for an answer.
            context.runOnContext(asked ->
                    Future.succeededFuture().map(begun -> take.test(rule, name)).onComplete(answer));
            return answer.future();
        }
    }

    /**
     * Lets other event loops ask this one from now on.
     *
     * @param take takes room for a channel of a rule, if necessary by releasing a silent channel of the event loop; returns
     *     whether there was room
     */
    void add(Context loop, BiPredicate<ChannelRule, ChannelName> take) {
        loops.add(new Loop(loop, take));
    }

    /**
     * Takes room for a channel on behalf of an event loop that finds none itself. A stalled event loop counts as one without room
     * after {@link #PATIENCE_MILLIS}: meanwhile the channel waits.
     *
     * @param asking the context of the event loop
     * @param giveBack called on this context if room is found too late
     * @return completes on this context; whether room is taken, which must be used or given back
     */
    Future<Boolean> take(Context asking, ChannelRule rule, ChannelName name, Runnable giveBack) {
        List<Loop> others =
                loops.stream().filter(loop -> !loop.context().equals(asking)).toList();
        if (others.isEmpty()) {
            return Future.succeededFuture(false);
        }
        Promise<Boolean> answer = Promise.promise();
        Future<Boolean> taken = Future.succeededFuture(false);
        for (Loop other : others) {
            taken = taken.compose(found ->
                    found || answer.future().isComplete() ? Future.succeededFuture(found) : other.ask(rule, name));
        }
        long timer = asking.owner().setTimer(PATIENCE_MILLIS, late -> answer.tryComplete(false));
        taken.onComplete(result -> asking.runOnContext(back -> {
            asking.owner().cancelTimer(timer);
            boolean inTime = result.succeeded() ? answer.tryComplete(result.result()) : answer.tryFail(result.cause());
            if (!inTime && result.succeeded() && result.result()) {
                giveBack.run();
            }
        }));
        return answer.future();
    }
}
