package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.loop.LoopContexts;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiPredicate;

/**
 * Finds room for a channel without events on the other event loops of the node. It asks one event loop after the other,
 * until one has released a silent channel. So a search releases at most one channel of each. An event loop that is stalled
 * counts as one without room.
 *
 * <p>Any thread: the list of the event loops is atomic.
 */
public final class RoomSearch {
    private static final long PATIENCE_MILLIS = 500;

    private final List<Loop> loops = new CopyOnWriteArrayList<>();

    private record Loop(Context context, BiPredicate<ChannelRule, ChannelName> make) {
        Future<Boolean> ask(ChannelRule rule, ChannelName name) {
            Promise<Boolean> answer = Promise.promise();
            long timer = context.owner().setTimer(PATIENCE_MILLIS, late -> answer.tryComplete(false));
            context.runOnContext(asked -> {
                context.owner().cancelTimer(timer);
                if (!answer.future().isComplete()) {
                    // An exception must not keep the asking event loop waiting.
                    Future.succeededFuture()
                            .map(begun -> make.test(rule, name))
                            .onSuccess(answer::tryComplete)
                            .onFailure(answer::tryFail);
                }
            });
            return answer.future();
        }
    }

    /**
     * Lets other event loops ask this one from now on.
     *
     * @param make makes room for a channel of a rule, if necessary by releasing a silent channel of the event loop; returns
     *     whether there is room
     */
    void add(Context loop, BiPredicate<ChannelRule, ChannelName> make) {
        loops.add(new Loop(loop, make));
    }

    /**
     * Lets other event loops make room for a channel.
     *
     * @param asking the context of the event loop that finds no room itself
     * @return completes on this context; whether one has made room. Each stalled event loop takes half a second
     */
    Future<Boolean> find(Context asking, ChannelRule rule, ChannelName name) {
        Future<Boolean> found = Future.succeededFuture(false);
        boolean alone = true;
        for (Loop other : loops) {
            if (!other.context().equals(asking)) {
                alone = false;
                found = found.compose(made -> made ? Future.succeededFuture(true) : other.ask(rule, name));
            }
        }
        return alone ? found : LoopContexts.on(asking, found);
    }
}
