package io.ssebridge.http1;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/** Ends connections at once. */
public final class Sockets {
    private Sockets() {}

    /**
     * Closes a connection below the handlers of TLS and Vert.x, which would first write the bytes that wait for the client.
     */
    public static void abort(HttpConnection connection) {
        ChannelHandlerContext last = ((ConnectionBase) connection).channelHandlerContext();
        ChannelHandlerContext tls = last.pipeline().context(SslHandler.class);
        var unused = (tls == null ? last : tls).close();
    }
}
