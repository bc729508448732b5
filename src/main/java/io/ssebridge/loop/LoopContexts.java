package io.ssebridge.loop;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the public API of Vert.x does not offer for contexts: to choose the event loop, and to act on one from elsewhere. */
public final class LoopContexts {
    private LoopContexts() {}

    /**
     * Creates contexts on different event loops.
     *
     * @param vertx has the event loops
     * @param first a context, which is the first of the result
     * @param count the wanted number of contexts; there are fewer if the Vert.x has fewer event loops
     */
    public static List<Context> of(Vertx vertx, Context first, int count) {
        List<Context> contexts = new ArrayList<>(count);
        contexts.add(first);
        EventLoop used = ((ContextInternal) first).nettyEventLoop();
        for (EventExecutor each : ((VertxInternal) vertx).nettyEventLoopGroup()) {
            if (contexts.size() < count && each instanceof EventLoop loop && !loop.equals(used)) {
                contexts.add(create(vertx, loop));
            }
        }
        return contexts;
    }

    /**
     * Runs a step when the event loop of a context has ended, because its Vert.x is closed.
     *
     * @param step called on any thread
     */
    public static void atEnd(Context context, Runnable step) {
        ((ContextInternal) context).nettyEventLoop().terminationFuture().addListener(ended -> step.run());
    }

    /** Returns a future with the same outcome, which completes in a later turn of a context. */
    public static <T extends @Nullable Object> Future<T> on(Context context, Future<T> outcome) {
        Promise<T> promise = Promise.promise();
        outcome.onComplete(result -> context.runOnContext(later -> promise.handle(result)));
        return promise.future();
    }

    private static Context create(Vertx vertx, EventLoop loop) {
        return ((VertxInternal) vertx)
                .contextBuilder()
                .withThreadingModel(ThreadingModel.EVENT_LOOP)
                .withEventLoop(loop)
                .build();
    }

    /**
     * Runs a step at once on the current thread, as if on a context: what it creates belongs to this context.
     *
     * @param context a context of the same Vert.x as the current one
     * @return the result of the step
     */
    public static <T> T within(Context context, Supplier<T> step) {
        ContextInternal inside = (ContextInternal) context;
        ContextInternal before = inside.beginDispatch();
        try {
            return step.get();
        } finally {
            inside.endDispatch(before);
        }
    }
}
