package io.ssebridge.http;

import io.netty.channel.unix.Errors;
import io.vertx.core.http.HttpClosedException;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Recognises the failures of requests if their clients have gone. Any client can cause any number of them, so they are not logged.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class GoneClients {
    private GoneClients() {}

    /** Returns whether a failure only says that a connection has ended. */
    static boolean isGone(@Nullable Throwable failure) {
        return failure instanceof HttpClosedException
                || failure instanceof ClosedChannelException
                || failure instanceof SocketException
                || failure instanceof Errors.NativeIoException
                // Java's own sockets fail with it. The failures of files have classes of their own.
                || failure != null && failure.getClass() == IOException.class;
    }

    /** Forgets a request to a router if its client has gone, and leaves all other failures to the next handler. */
    static void forget(RoutingContext context) {
        if (context.response().closed() || context.response().ended()) {
            return;
        }
        if (isGone(context.failure())) {
            var unused = context.request().connection().close();
            return;
        }
        context.next();
    }
}
