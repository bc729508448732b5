package io.ssebridge.http2;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import io.ssebridge.http1.Sockets;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;

/** Ends streams of HTTP/2 at once, one without the others. */
public final class Http2Streams {
    private Http2Streams() {}

    /**
     * Ends the response to a request at once, in any version of HTTP. Bytes that wait for the client are dropped.
     *
     * @param request a request that is not answered yet, or with an answer that waits for the client
     */
    public static void abort(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            reset(request);
        } else {
            Sockets.abort(request.connection());
        }
    }

    /** Ends the stream of a request, and leaves the others of its connection open. */
    static void reset(HttpServerRequest request) {
        reset(request.connection(), Math.toIntExact(request.streamId()));
    }

    static void reset(HttpConnection connection, int stream) {
        ChannelHandlerContext context = ((ConnectionBase) connection).channelHandlerContext();
        // Vert.x refuses to reset a response that it has handed to Netty, although it may wait for the client there.
        if (context.handler() instanceof Http2ConnectionHandler http2) {
            var unused = http2.resetStream(context, stream, Http2Error.CANCEL.code(), context.newPromise());
            context.flush();
            Http2Stream waiting = http2.connection().stream(stream);
            if (waiting != null) {
                // The socket has not taken the reset. The bytes that wait are dropped nevertheless.
                waiting.close();
            }
        } else {
            Sockets.abort(connection);
        }
    }
}
