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
     * Takes room for a channel on behalf of an event loop that finds none itself.
     *
     * @param asking the context of the event loop
     * @return completes on this context; whether room is taken, which must be used or given back
     */
    Future<Boolean> take(Context asking, ChannelRule rule, ChannelName name) {
        List<Loop> others =
                loops.stream().filter(loop -> !loop.context().equals(asking)).toList();
        Future<Boolean> taken = Future.succeededFuture(false);
        for (Loop other : others) {
            taken = taken.compose(found -> found ? Future.succeededFuture(true) : other.ask(rule, name));
        }
        return others.isEmpty() ? taken : on(asking, taken);
    }

    private static Future<Boolean> on(Context context, Future<Boolean> taken) {
        Promise<Boolean> answer = Promise.promise();
        taken.onComplete(result -> context.runOnContext(back -> answer.handle(result)));
        return answer.future();
    }
}
