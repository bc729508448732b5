package io.ssebridge.http;

import io.vertx.core.Context;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Creates contexts on the event loop that runs the current code. The public API of Vert.x creates contexts only on an event
 * loop that Vert.x chooses.
 */
final class LoopContext {
    private LoopContext() {}

    /** Returns the identity of the current event loop; null if the current thread is not one of this Vert.x. */
    static @Nullable Object current(Vertx vertx) {
        return Vertx.currentContext() instanceof ContextInternal context
                        && context.isEventLoopContext()
                        && context.owner() == vertx
                ? context.nettyEventLoop()
                : null;
    }

    /**
     * Creates a context on the current event loop, and calls a function on it at once.
     *
     * @param made creates an object that belongs to the context
     */
    static <T> T create(Vertx vertx, Function<Context, T> made) {
        ContextInternal here = (ContextInternal) vertx.getOrCreateContext();
        ContextInternal own = ((VertxInternal) vertx)
                .contextBuilder()
                .withThreadingModel(ThreadingModel.EVENT_LOOP)
                .withEventLoop(here.nettyEventLoop())
                .build();
        ContextInternal before = own.beginDispatch();
        try {
            return made.apply(own);
        } finally {
            own.endDispatch(before);
        }
    }
}
